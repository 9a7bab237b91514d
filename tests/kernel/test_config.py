"""What an instance is told when nobody says otherwise."""

from portal.kernel.config import Settings


def test_passwords_of_a_real_instance_are_costly_to_guess(tmp_path):
    real = Settings.from_env({"PKIP_VAR": str(tmp_path)})
    assert real.argon2_memory_kib >= 64 * 1024 and real.argon2_passes >= 3
    assert Settings.for_tests(tmp_path).argon2_passes == 1
