namespace Akka.Broker.MultiNode.Lab;

/// <summary>Where things stand in the checkout that the tests were built from.</summary>
public static class Repository
{
    public static string Root { get; } = FindRoot();

    /// <summary>The broker that was built beside the tests, in the same configuration.</summary>
    public static string BrokerDll { get; } = Path.Combine(Root, "src", "Akka.Broker.Host", "bin", Configuration, "net10.0", "akka-broker.dll");

    /// <summary>The same broker, on a disk that fails when its test says so.</summary>
    public static string FaultyBrokerDll { get; } = Path.Combine(Root, "tests", "Akka.Broker.MultiNode.FaultyHost", "bin", Configuration, "net10.0", "faulty-broker.dll");

    /// <summary>A broker of an older release, built elsewhere; null unless <c>run-upgrade</c> runs.</summary>
    public static string? OlderBrokerDll { get; } = Environment.GetEnvironmentVariable("AKKA_BROKER_OLDER_BUILD");

    /// <summary>The operators' tool.</summary>
    public static string PbmDll { get; } = Path.Combine(Root, "src", "Pbm", "bin", Configuration, "net10.0", "pbm.dll");

    public static string Script(string name) => Path.Combine(Root, "tests", "Akka.Broker.MultiNode", "python", name);

    private static string Configuration =>
#if DEBUG
        "Debug";
#else
        "Release";
#endif

    private static string FindRoot()
    {
        for (var folder = new DirectoryInfo(AppContext.BaseDirectory); folder is not null; folder = folder.Parent)
        {
            if (File.Exists(Path.Combine(folder.FullName, "Akka.Broker.sln")))
                return folder.FullName;
        }
        throw new InvalidOperationException($"No Akka.Broker.sln above {AppContext.BaseDirectory}: run the tests from a checkout.");
    }
}
