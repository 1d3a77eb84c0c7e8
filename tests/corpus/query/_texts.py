"""Texts that are hard on word rules."""

from hypothesis import strategies as st

AWKWARD = [
    *("a", "B", "z", "0", "9", "_", ".", ",", "'", ":", ";", "-", "/", '"', "*", "~", "(", ")", "\\", "@", "#"),
    *(" ", "\t", "\n", "\r", "\v", "\x00", "\x1c", "\x85", "\xa0", "\u2028", "\u3000", "\u200b", "\ufeff"),
    *("é", "e\u0301", "ß", "ﬁ", "İ", "ı", "ſ", "½", "㎞", "\ufdfa", "ŉ", "’", "…", "\u00ad", "\u2069", "\u202e"),
    *("й", "ё", "П", "Σ", "ς", "ش", "ة", "ـ", "\u064b", "\u200c", "\u200d", "क", "्", "ि", "ท", "ี", "่", "ส"),
    *(
        "東",
        "京",
        "都",
        "我",
        "们",
        "か",
        "\u3099",
        "ｶ",
        "\uff9e",
        "ー",
        "한",
        "ㄱ",
        "ㅏ",
        "\u1100",
        "\u1161",
        "\u11a8",
    ),
    *("👍", "\U0001f3fd", "❤", "\ufe0f", "👨", "👩", "🔥", "🇬", "🇧", "⃣", "©", "★", "🏴", "\U000e0067", "\U000e007f"),
    *("𝐀", "𐐀", "\ud800", "\udc00", "\U00020000"),
]

awkward_texts = st.lists(st.sampled_from(AWKWARD), max_size=24).map("".join)
any_texts = st.one_of(awkward_texts, st.text(max_size=40), st.text(st.characters(), max_size=12))
ascii_texts = st.one_of(
    st.text(st.characters(max_codepoint=127), max_size=40),
    st.text(st.sampled_from("aZ09_.,':; \n\x00-"), max_size=30),
)
