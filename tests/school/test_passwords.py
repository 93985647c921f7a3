"""Which passwords are refused, and in which words; long and plain ones pass."""

from typing import Any

import pytest
from django.contrib.auth.password_validation import validate_password
from django.core.exceptions import ValidationError

from school.identity.commonplace import is_commonplace
from school.identity.models import User
from school.identity.passwords import squeezed
from tests.world import World

COMMON = [
    *(
        "matkhau123",
        "MatKhau@123",
        "M@tkh4u2024",
        "anhyeuem",
        "anhyeuem1314",
        "Hocsinh@2025",
        "giaovien01",
        "12345678",
        "abcd1234",
    ),
    *(
        "qwerty123",
        "Nguyenvanan1990",
        "01012012",
        "20121231",
        "0912345678",
        "84912345678",
        "vietnam2025!",
        "11111111",
        "iloveyou",
    ),
    *("123matkhau", "hanoi1010", "minhanh2012", "mật khẩu", "Mật Khẩu 123456789", "xinchao!!", "abcabcabc"),
]
FINE = [
    *(
        "con mèo trèo cây cau",
        "bút chì và thước kẻ",
        "trời mưa lâm râm",
        "83-kẹo lạc ngon",
        "zk7#pwm2",
        "quả bưởi 5 múi",
    ),
    "7319642850",
    "một câu dài hơn sáu mươi bốn chữ thì cũng được, miễn là người ta nhớ nổi nó mỗi ngày",
]


@pytest.mark.pure
@pytest.mark.parametrize("password", COMMON)
def test_what_many_people_choose_is_common(password: str) -> None:
    assert is_commonplace(squeezed(password))


@pytest.mark.pure
@pytest.mark.parametrize("password", FINE)
def test_a_sentence_or_chance_letters_are_not(password: str) -> None:
    assert not is_commonplace(squeezed(password))


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("who", "password", "code"),
    [
        ("student", "kẹo lạc", "password_too_short"),
        ("student", "kẹo lạc x", None),
        ("teacher", "kẹo lạc ngon", "password_too_short"),
        ("office_admin", "kẹo lạc ngon", "password_too_short"),
        ("teacher", "kẹo lạc rất ngon", None),
        ("father", "kẹo lạc x", None),
        ("student", "x" * 3 + "kẹo lạc" * 40, "password_too_long"),
        ("student", "tôi yêu Ngọc Lâm lắm", "place"),
        ("student", "Mái Trường của tôi", "place"),
        ("student", "Đặng Minh An 2 lần", "own_data"),
        ("student", "matkhau123", "password_too_common"),
        ("student", "sunshine1", "password_too_common"),
    ],
)
def test_each_rule_speaks_for_itself(world: World, who: str, password: str, code: str | None) -> None:
    user: User = world.people[who]
    found: list[Any] = []
    try:
        validate_password(password, user)
    except ValidationError as error:
        found = [one.code for one in error.error_list]
    assert (code in found) if code else found == []


@pytest.mark.django_db
def test_the_page_says_what_is_wrong(world: World, client_for: Any) -> None:
    world.a.teacher.set_password("trời mưa lâm râm hôm nay")
    world.a.teacher.save()
    form = {"oldpassword": "trời mưa lâm râm hôm nay", "password1": "kẹo lạc", "password2": "kẹo lạc"}
    page = client_for(world.a.teacher).post("/mat-khau/", form).content.decode()
    assert "ít nhất 15 ký tự" in page
    assert 'maxlength="' not in page.split('name="password1"')[1].split(">")[0], "a long one may be pasted"
    assert "onpaste" not in page
