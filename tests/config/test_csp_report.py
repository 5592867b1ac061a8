import json
import logging
from datetime import UTC, datetime, timedelta

import pytest
from django.test import SimpleTestCase, override_settings

from config import csp_report

REPORT = {"csp-report": {"document-uri": "https://x/chat/", "effective-directive": "script-src", "extra": "y"}}
TYPE = "application/csp-report"


@pytest.fixture(autouse=True)
def fresh(tmp_path):
    csp_report.allowance.taken = 0
    with override_settings(VAR_DIR=tmp_path):
        yield


class TestReports:
    def test_are_written_down_with_what_we_know(self, client, tmp_path, caplog):
        assert client.post("/csp-report/", json.dumps(REPORT), TYPE).status_code == 204
        [file] = (tmp_path / "csp-reports").iterdir()
        assert json.loads(file.read_text()) == {
            "document-uri": "https://x/chat/",
            "effective-directive": "script-src",
        }
        assert "script-src" in caplog.text

    @pytest.mark.parametrize("body", ["", "[]", "null", "{", '{"csp-report": 3}', '{"csp-report": null}', "[" * 50_000])
    def test_that_are_none_are_ignored(self, client, tmp_path, body):
        assert client.post("/csp-report/", body, TYPE).status_code == 204
        assert not (tmp_path / "csp-reports").exists()

    def test_are_limited_in_size(self, client):
        assert client.post("/csp-report/", "x" * 64_001, TYPE).status_code == 413
        huge = json.dumps({"csp-report": {"document-uri": "x" * 60_000}})
        assert client.post("/csp-report/", huge, TYPE).status_code == 204
        assert len(csp_report.understood(huge.encode())["document-uri"]) == 300

    def test_are_limited_in_number(self, client, tmp_path, caplog):
        caplog.set_level(logging.CRITICAL)
        for _ in range(csp_report.PER_MINUTE + 20):
            assert client.post("/csp-report/", json.dumps(REPORT), TYPE).status_code == 204
        [file] = (tmp_path / "csp-reports").iterdir()
        assert len(file.read_text().splitlines()) == csp_report.PER_MINUTE

    def test_are_kept_for_seven_days(self, client, tmp_path):
        folder = tmp_path / "csp-reports"
        folder.mkdir()
        today = datetime.now(UTC).date()
        for days in (6, 8):
            (folder / f"{(today - timedelta(days=days)).isoformat()}.jsonl").write_text("{}\n")
        client.post("/csp-report/", json.dumps(REPORT), TYPE)
        assert len(list(folder.iterdir())) == 2

    def test_only_come_by_post(self, client):
        assert client.get("/csp-report/").status_code == 405


class AllowanceTests(SimpleTestCase):
    def test_lets_so_many_through(self):
        allowance = csp_report.Allowance(per_minute=2)
        self.assertEqual([allowance.take() for _ in range(3)], [True, True, False])
