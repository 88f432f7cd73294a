"""Addresses: what is one, and that secrets never show."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from edge.camera.address import Kind, check_url, parsed, redacted


@pytest.mark.parametrize(
    ("url", "kind"),
    [
        ("rtsp://192.168.1.64:554/Streaming/Channels/102", Kind.RTSP),
        ("RTSP://admin:pw@cam.local/sub", Kind.RTSP),
        ("rtsps://cam/sub", Kind.RTSP),
        ("http://cam/video.mjpg", Kind.WEB),
        ("https://cam:8443/snapshot.jpg", Kind.WEB),
        ("usb:0", Kind.USB),
        ("/dev/video2", Kind.USB),
        ("pictures", Kind.PATH),
        ("/srv/film.mp4", Kind.PATH),
    ],
)
def test_every_kind_is_known(url: str, kind: Kind) -> None:
    assert parsed(url).kind is kind
    assert check_url(url) is None


@pytest.mark.parametrize(
    "url", ["", "ftp://cam/a.jpg", "rtsp://", "http:///stream", "http://cam:99999/", "rtsp://[::1/"]
)
def test_what_is_none_is_refused_in_both_languages(url: str) -> None:
    fault = check_url(url)
    assert fault is not None
    assert "摄像头地址无法识别 / not a camera's address" in fault
    assert "rtsp://host/" in fault


def test_the_number_of_a_device_is_read() -> None:
    assert parsed("usb:3").device == parsed("/dev/video3").device == 3
    assert parsed("rtsp://cam/").device == -1


@pytest.mark.parametrize(
    ("url", "shown"),
    [
        ("rtsp://admin:Wurst123@10.0.0.7:554/main", "rtsp://***@10.0.0.7:554/main"),
        ("rtsp://admin:p@ss/w@10.0.0.7/main", "rtsp://***@10.0.0.7/main"),
        (
            "http://cam/snap?cmd=Snap&user=admin&password=geheim&x=1",
            "http://cam/snap?cmd=Snap&user=***&password=***&x=1",
        ),
        ("http://cam/snap?Token=abc#top", "http://cam/snap?Token=***#top"),
        ("http://cam/stream", "http://cam/stream"),
        ("folder/with@sign", "folder/with@sign"),
    ],
)
def test_names_and_passwords_are_covered(url: str, shown: str) -> None:
    assert redacted(url) == shown


secret = st.text(
    st.characters(codec="ascii", exclude_characters="?&;#", exclude_categories=["C", "Z"]), min_size=4
).map(lambda text: f"S3{text}")


@given(secret)
def test_no_password_ever_shows(password: str) -> None:
    for url in (f"rtsp://admin:{password}@cam/1", f"http://cam/?user=u&pwd={password}", f"ftp://u:{password}@cam/"):
        assert password not in redacted(url)
        assert password not in (check_url(url) or "")


def test_a_fault_does_not_show_the_password() -> None:
    assert "geheim" not in str(check_url("ftp://admin:geheim@cam/1"))
