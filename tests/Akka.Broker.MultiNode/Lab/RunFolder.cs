namespace Akka.Broker.MultiNode.Lab;

/// <summary>
/// Where this run keeps data, logs and histories: <c>AKKA_BROKER_MULTINODE_DIR</c>, or a folder of the system's temporary one. What a failed test needs to
/// be understood stays; the folders of clusters whose tests all passed go.
/// </summary>
public static class RunFolder
{
    public static string Path { get; } = Make();

    private static string Make()
    {
        var path = Environment.GetEnvironmentVariable("AKKA_BROKER_MULTINODE_DIR")
            ?? System.IO.Path.Combine(System.IO.Path.GetTempPath(), $"akka-broker-multinode-{Environment.ProcessId}");
        Directory.CreateDirectory(path);
        return path;
    }
}
