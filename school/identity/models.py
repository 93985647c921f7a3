"""A person and their account: one row, whatever roles the person holds."""

from typing import Any, ClassVar, Self

from django.contrib.auth.models import AbstractBaseUser, BaseUserManager, PermissionsMixin
from django.core.validators import RegexValidator
from django.db import models
from django.utils.translation import gettext_lazy as _

from school.text import fold, split_name, vi_sort_key


class UserQuerySet(models.QuerySet["User"]):
    def search(self, text: str) -> Self:
        """People whose name, code or phone holds every word of ``text``; case and diacritics do not matter, đ = d."""
        found = self
        for word in fold(text).split():
            found = found.filter(search_text__contains=word)
        return found

    def by_name(self) -> Self:
        """By given name, then middle and family names, by the Vietnamese alphabet."""
        return self.order_by("sort_key", "birth_date", "code")


class UserManager(BaseUserManager["User"].from_queryset(UserQuerySet)):  # type: ignore[misc]
    def create_user(self, code: str, full_name: str = "", password: str | None = None, **fields: Any) -> "User":
        """Make a person; without a password nobody can sign in until one is given."""
        user: User = self.model(code=code, full_name=full_name or code, **fields)
        user.set_password(password)
        user.save(using=self._db)
        return user

    def create_superuser(self, code: str, full_name: str = "", password: str | None = None, **fields: Any) -> "User":
        """Make an operator of the platform, who may enter Wagtail's admin everywhere."""
        return self.create_user(code, full_name, password, is_staff=True, is_superuser=True, **fields)


class User(AbstractBaseUser, PermissionsMixin):
    class Gender(models.TextChoices):
        MALE = "M", _("Male")
        FEMALE = "F", _("Female")

    code = models.CharField(_("sign-in code"), max_length=40, unique=True)
    full_name = models.CharField(_("full name"), max_length=150)
    family_middle = models.CharField(_("family and middle names"), max_length=120, blank=True)
    given_name = models.CharField(_("given name"), max_length=60, blank=True)
    sort_key = models.CharField(max_length=400, editable=False, default="", db_index=True)
    search_text = models.CharField(max_length=400, editable=False, default="")
    birth_date = models.DateField(_("birth date"), null=True, blank=True)
    gender = models.CharField(_("gender"), max_length=1, choices=Gender.choices, blank=True)
    phone = models.CharField(_("phone"), max_length=20, blank=True, db_index=True)
    email = models.EmailField(_("e-mail"), blank=True, db_index=True)
    ministry_code = models.CharField(
        _("Ministry code"), max_length=10, unique=True, null=True, blank=True, validators=[RegexValidator(r"^\d{10}$")]
    )
    citizen_id = models.CharField(
        _("citizen number"), max_length=12, unique=True, null=True, blank=True, validators=[RegexValidator(r"^\d{12}$")]
    )
    ethnicity = models.CharField(_("ethnicity"), max_length=40, blank=True)
    address = models.CharField(_("address"), max_length=255, blank=True)
    language = models.CharField(
        _("language"), max_length=2, choices=[("vi", "Tiếng Việt"), ("en", "English")], default="vi"
    )
    must_change_password = models.BooleanField(default=False)
    initial_password_until = models.DateTimeField(null=True, blank=True)
    is_active = models.BooleanField(_("active"), default=True)
    is_staff = models.BooleanField(default=False)
    date_joined = models.DateTimeField(auto_now_add=True)

    objects: ClassVar[Any] = UserManager()

    USERNAME_FIELD = "code"
    EMAIL_FIELD = "email"
    REQUIRED_FIELDS: ClassVar[list[str]] = ["full_name"]

    class Meta:
        ordering = ("sort_key", "birth_date", "code")
        verbose_name = _("person")
        verbose_name_plural = _("people")

    def __str__(self) -> str:
        return self.full_name

    def derive(self) -> Self:
        """Fill what follows from the name, code and phone; called by save() and by bulk writers before their insert."""
        self.full_name = " ".join(self.full_name.split())
        if not self.given_name or f"{self.family_middle} {self.given_name}".strip() != self.full_name:
            self.family_middle, self.given_name = split_name(self.full_name)
        self.sort_key = vi_sort_key(self.full_name)[:400]
        local = f"0{self.phone[3:]}" if self.phone.startswith("+84") else self.phone
        self.search_text = fold(f"{self.full_name} {self.code} {local}")[:400]
        return self

    def save(self, *args: Any, **kwargs: Any) -> None:
        self.derive()
        super().save(*args, **kwargs)

    def get_full_name(self) -> str:
        return self.full_name

    def get_short_name(self) -> str:
        return self.given_name
