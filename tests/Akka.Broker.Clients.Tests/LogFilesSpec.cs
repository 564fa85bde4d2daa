using Akka.Broker.Clients.Tests.Support;

namespace Akka.Broker.Clients.Tests;

/// <summary>What a topic's settings do to the files in the data folder: rolls, retention, deletes.</summary>
public sealed class LogFilesSpec(CheckedBroker broker) : IClassFixture<CheckedBroker>
{
    [Theory]
    [InlineData("roll_and_bytes")]
    [InlineData("time_retention")]
    [InlineData("roll_by_time")]
    [InlineData("delete_records_files")]
    [InlineData("deleted_topic")]
    public Task Files_come_and_go_as_settings_say(string check) => broker.CheckAsync("log_checks.py", check, broker.DataFolder);
}
