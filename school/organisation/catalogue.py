"""What a district starts with: kinds of nodes, subjects and periods a year (general education programme 2018).

Circular 32/2018/TT-BGDĐT fixes the periods; every figure can be edited per school, year and grade afterwards.
"""

NODE_KINDS = (
    ("ministry", "Bộ"),
    ("department", "Sở Giáo dục và Đào tạo"),
    ("office", "Cơ quan quản lý giáo dục"),
    ("school", "Trường"),
)

SUBJECTS = (
    ("TIENG_VIET", "Tiếng Việt", "score"),
    ("NGU_VAN", "Ngữ văn", "score"),
    ("TOAN", "Toán", "score"),
    ("NGOAI_NGU_1", "Ngoại ngữ 1", "score"),
    ("NGOAI_NGU_2", "Ngoại ngữ 2", "score"),
    ("DAO_DUC", "Đạo đức", "comment"),
    ("TNXH", "Tự nhiên và Xã hội", "comment"),
    ("GDCD", "Giáo dục công dân", "score"),
    ("GDKTPL", "Giáo dục kinh tế và pháp luật", "score"),
    ("LSDL", "Lịch sử và Địa lí", "score"),
    ("LICH_SU", "Lịch sử", "score"),
    ("DIA_LI", "Địa lí", "score"),
    ("KHOA_HOC", "Khoa học", "score"),
    ("KHTN", "Khoa học tự nhiên", "score"),
    ("VAT_LI", "Vật lí", "score"),
    ("HOA_HOC", "Hoá học", "score"),
    ("SINH_HOC", "Sinh học", "score"),
    ("CONG_NGHE", "Công nghệ", "score"),
    ("TIN_HOC", "Tin học", "score"),
    ("TIN_HOC_CONG_NGHE", "Tin học và Công nghệ", "score"),
    ("GDQP", "Giáo dục quốc phòng và an ninh", "score"),
    ("GDTC", "Giáo dục thể chất", "comment"),
    ("AM_NHAC", "Âm nhạc", "comment"),
    ("MI_THUAT", "Mĩ thuật", "comment"),
    ("NGHE_THUAT", "Nghệ thuật", "comment"),
    ("HDTN", "Hoạt động trải nghiệm", "comment"),
    ("HDTN_HN", "Hoạt động trải nghiệm, hướng nghiệp", "comment"),
    ("GDDP", "Nội dung giáo dục của địa phương", "comment"),
)

_LOWER = {
    "NGU_VAN": 140, "TOAN": 140, "KHTN": 140, "NGOAI_NGU_1": 105, "LSDL": 105, "GDCD": 35, "TIN_HOC": 35,
    "GDTC": 70, "NGHE_THUAT": 70, "HDTN_HN": 105, "GDDP": 35,
}  # fmt: skip
_UPPER = {
    "NGU_VAN": 105, "TOAN": 105, "NGOAI_NGU_1": 105, "LICH_SU": 52, "GDQP": 35, "DIA_LI": 70, "GDKTPL": 70, "VAT_LI": 70,
    "HOA_HOC": 70, "SINH_HOC": 70, "CONG_NGHE": 70, "TIN_HOC": 70, "GDTC": 70, "AM_NHAC": 70, "MI_THUAT": 70,
    "HDTN_HN": 105, "GDDP": 35,
}  # fmt: skip
_PRIMARY = {
    1: {"TIENG_VIET": 420, "TOAN": 105, "DAO_DUC": 35, "TNXH": 70, "GDTC": 70, "AM_NHAC": 35, "MI_THUAT": 35, "HDTN": 105},
    2: {"TIENG_VIET": 350, "TOAN": 175, "DAO_DUC": 35, "TNXH": 70, "GDTC": 70, "AM_NHAC": 35, "MI_THUAT": 35, "HDTN": 105},
    3: {
        "TIENG_VIET": 245, "TOAN": 175, "NGOAI_NGU_1": 140, "DAO_DUC": 35, "TNXH": 70, "TIN_HOC_CONG_NGHE": 70, "GDTC": 70,
        "AM_NHAC": 35, "MI_THUAT": 35, "HDTN": 105,
    },
    4: {
        "TIENG_VIET": 245, "TOAN": 175, "NGOAI_NGU_1": 140, "DAO_DUC": 35, "LSDL": 70, "KHOA_HOC": 70,
        "TIN_HOC_CONG_NGHE": 70, "GDTC": 70, "AM_NHAC": 35, "MI_THUAT": 35, "HDTN": 105,
    },
}  # fmt: skip
_PRIMARY[5] = _PRIMARY[4]

PLANS: tuple[tuple[str, int, str, int], ...] = (
    *(("primary", grade, code, periods) for grade, plan in _PRIMARY.items() for code, periods in plan.items()),
    *(
        ("lower_secondary", grade, code, periods)
        for grade in range(6, 10)
        for code, periods in {**_LOWER, "CONG_NGHE": 35 if grade < 8 else 52}.items()
    ),
    *(("upper_secondary", grade, code, periods) for grade in range(10, 13) for code, periods in _UPPER.items()),
)
