namespace Akka.Broker.Clients.Tests.Support;

/// <summary>Topic administration with a stock client (confluent-kafka).</summary>
public static class Admin
{
    public static async Task CreateTopicAsync(string bootstrap, string topic, int partitions = 1, params string[] configs) =>
        (await Python.RunAsync("create_topic.py", [bootstrap, topic, partitions.ToString(), .. configs])).MustSucceed();
}

/// <summary>The Python clients that Debian ships live with Debian's own interpreter.</summary>
public static class Python
{
    public static Task<ToolResult> RunAsync(string script, params string[] arguments) =>
        Tool.RunAsync("/usr/bin/python3", [Repository.Script($"python/{script}"), .. arguments]);

    public static Tool Start(string script, params string[] arguments) =>
        Tool.Start("/usr/bin/python3", ["-u", Repository.Script($"python/{script}"), .. arguments]);
}
