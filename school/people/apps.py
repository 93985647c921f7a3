from typing import ClassVar

from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class PeopleConfig(AppConfig):
    name = "school.people"
    label = "people"
    verbose_name = _("People")

    # What becomes of the rows that name a person when two accounts are found to be one (school.people.processing.merging).
    merges: ClassVar[dict[str, str]] = {
        "Merge.kept": "move",
        "Merge.closed": "stay",
        "Merge.by": "stay",
        "BulkAction.by": "move",
    }
    # Libraries cannot say it themselves: traces of work move, what signs the closed account in goes.
    merges_of_libraries: ClassVar[dict[str, str]] = {
        "account.EmailAddress.user": "drop",
        "allauth_idp_oidc.Client.owner": "move",
        "allauth_idp_oidc.Token.user": "drop",
        "mfa.Authenticator.user": "drop",
        "socialaccount.SocialAccount.user": "drop",
        "wagtailadmin.EditingSession.user": "drop",
        "wagtailadmin.FormState.user": "drop",
        "wagtailcore.APIToken.user": "drop",
        "wagtailcore.Comment.resolved_by": "move",
        "wagtailcore.Comment.user": "move",
        "wagtailcore.CommentReply.user": "move",
        "wagtailcore.ModelLogEntry.user": "stay",
        "wagtailcore.Page.locked_by": "move",
        "wagtailcore.Page.owner": "move",
        "wagtailcore.PageLogEntry.user": "stay",
        "wagtailcore.PageSubscription.user": "move",
        "wagtailcore.Revision.user": "move",
        "wagtailcore.TaskState.finished_by": "move",
        "wagtailcore.UploadedFile.uploaded_by_user": "move",
        "wagtailcore.WorkflowState.requested_by": "move",
        "wagtaildocs.Document.uploaded_by_user": "move",
        "wagtailimages.Image.uploaded_by_user": "move",
        "wagtailusers.UserProfile.user": "stay",
    }

    def ready(self) -> None:
        from . import navigation, policies  # noqa: F401
