"""The words of LTI 1.3: claims, scopes, roles and media types, as 1EdTech's specifications spell them."""

LTI = "https://purl.imsglobal.org/spec/lti/claim/"
DL = "https://purl.imsglobal.org/spec/lti-dl/claim/"
VERSION = "1.3.0"

RESOURCE_LINK = "LtiResourceLinkRequest"
DEEP_LINKING = "LtiDeepLinkingRequest"
DEEP_LINKING_RESPONSE = "LtiDeepLinkingResponse"

AGS_CLAIM = "https://purl.imsglobal.org/spec/lti-ags/claim/endpoint"
NRPS_CLAIM = "https://purl.imsglobal.org/spec/lti-nrps/claim/namesroleservice"

_AGS = "https://purl.imsglobal.org/spec/lti-ags/scope/"
LINEITEM = _AGS + "lineitem"
LINEITEM_READ = _AGS + "lineitem.readonly"
RESULT_READ = _AGS + "result.readonly"
SCORE = _AGS + "score"
AGS_SCOPES = (LINEITEM, LINEITEM_READ, RESULT_READ, SCORE)
MEMBERS = "https://purl.imsglobal.org/spec/lti-nrps/scope/contextmembership.readonly"

LINEITEM_TYPE = "application/vnd.ims.lis.v2.lineitem+json"
LINEITEMS_TYPE = "application/vnd.ims.lis.v2.lineitemcontainer+json"
SCORE_TYPE = "application/vnd.ims.lis.v1.score+json"
RESULTS_TYPE = "application/vnd.ims.lis.v2.resultcontainer+json"
MEMBERS_TYPE = "application/vnd.ims.lti-nrps.v2.membershipcontainer+json"

MEMBERSHIP = "http://purl.imsglobal.org/vocab/lis/v2/membership#"
_INSTITUTION = "http://purl.imsglobal.org/vocab/lis/v2/institution/person#"
LEARNER, INSTRUCTOR = MEMBERSHIP + "Learner", MEMBERSHIP + "Instructor"
MANAGER, MEMBER = MEMBERSHIP + "Manager", MEMBERSHIP + "Member"
STUDENT, FACULTY = _INSTITUTION + "Student", _INSTITUTION + "Faculty"
ADMINISTRATOR, STAFF = _INSTITUTION + "Administrator", _INSTITUTION + "Staff"
COURSE_SECTION = "http://purl.imsglobal.org/vocab/lis/v2/course#CourseSection"
ASSERTION = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"
# RFC 7518; never "none", and nothing with a shared secret.
ALGORITHMS = ("RS256", "RS384", "RS512", "PS256", "ES256", "ES384")
