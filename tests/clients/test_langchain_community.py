"""The SQL agent of langchain-community."""

import sqlite3
from pathlib import Path

from langchain_community.agent_toolkits import create_sql_agent
from langchain_community.utilities import SQLDatabase

from langchain_pollinations import ChatPollinations
from pollinations_sandbox import Reply, Sandbox


def test_a_sql_agent_queries_a_database(
    sandbox: Sandbox, chat: ChatPollinations, tmp_path: Path
) -> None:
    """The agent lists tables, reads a schema, has its query checked, and runs it."""
    file = tmp_path / "bees.sqlite"
    with sqlite3.connect(file) as database:
        database.execute("CREATE TABLE hives (name TEXT, bees INTEGER)")
        database.execute("INSERT INTO hives VALUES ('Elm', 400), ('Oak', 70)")
    database.close()
    query = "SELECT sum(bees) FROM hives"
    sandbox.reply(
        [
            Reply(tool_calls=[("sql_db_list_tables", {})]),
            Reply(tool_calls=[("sql_db_schema", {"table_names": "hives"})]),
            Reply(tool_calls=[("sql_db_query_checker", {"query": query})]),
            query,
            Reply(tool_calls=[("sql_db_query", {"query": query})]),
            "There are 470 bees.",
        ]
    )
    agent = create_sql_agent(
        chat,
        db=SQLDatabase.from_uri(f"sqlite:///{file}"),
        agent_type="tool-calling",
        agent_executor_kwargs={"return_intermediate_steps": True},
    )
    done = agent.invoke({"input": "How many bees are there?"})

    seen = [result for _, result in done["intermediate_steps"]]
    assert seen[0] == "hives"
    assert "CREATE TABLE hives" in seen[1]
    assert seen[2:] == [query, "[(470,)]"]
    assert done["output"] == "There are 470 bees."
