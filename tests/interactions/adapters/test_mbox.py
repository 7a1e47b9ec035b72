"""Messages of mailing lists become rows of a log."""

from __future__ import annotations

COLUMNS = "source target kind network item parent"
ARCHIVE = """From ann at reed.example  Mon Mar  4 09:00:01 2024
From: ann at reed.example (Ann Reed)
Date: Mon, 4 Mar 2024 10:00:01 +0100
Message-ID: <1@reed.example>

Hello.

>From here on it is quoted.
From a line without a date.

From bea at moor.example  Mon Mar  4 09:10:00 2024
From: Bea <BEA@moor.example>
Date: Mon, 4 Mar 2024 99:10:00 +0000
In-Reply-To: Your message of "Mon" <1@reed.example>
Message-ID:
 <2@moor.example>

Yes.
"""
LISTED = """From talk-bounces@lists.example Mon Mar  4 11:00:05 2024
From: "ann--- via talk" <talk@lists.example>
Reply-To: ann@reed.example
Date: Mon, 4 Mar 2024 11:00:00 +0000
References: <1@reed.example> <2@moor.example>
In-Reply-To: <1@reed.example>
Message-ID: <3@reed.example>
List-Id: The talk <talk.lists.example>
List-Post: <mailto:talk@lists.example>

Hm.

From MAILER-DAEMON Mon Mar  4 12:10:00 2024
From: MAILER-DAEMON (Mail System)
Date: Mon, 4 Mar 2024 12:10:00 +0000

bounce
"""
FILES = {"reeds.mbox": ARCHIVE, "lists.mbox": LISTED}


def test_rows(files, left_out):
    assert files.rows(FILES, COLUMNS, format="mbox") == [
        ("ann@reed.example", None, "post", "reeds", "1@reed.example", None),
        ("bea@moor.example", "ann@reed.example", "reply", "reeds", "2@moor.example", "1@reed.example"),
        (
            "ann@reed.example",
            "bea@moor.example",
            "reply",
            "talk.lists.example",
            "3@reed.example",
            "2@moor.example",
        ),
    ]
    assert left_out(FILES, format="mbox") == {"a message without an address": 1}


def test_time_of_the_envelope_where_the_date_is_none(files):
    times = files.rows(FILES, "timestamp", format="mbox")
    assert [time.isoformat()[11:] for (time,) in times] == [
        "09:00:01+00:00",
        "09:10:00+00:00",
        "11:00:00+00:00",
    ]
