"""What an operator applies is what the code needs."""

from deploy.kubernetes.kafka_resources import FOLDER, rendered


def test_topics_and_users_are_those_of_the_catalogue() -> None:
    assert {name: (FOLDER / name).read_text() for name in rendered()} == rendered()
