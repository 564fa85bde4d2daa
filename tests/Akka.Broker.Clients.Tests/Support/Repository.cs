namespace Akka.Broker.Clients.Tests.Support;

/// <summary>Where things stand in the checkout that the tests were built from.</summary>
public static class Repository
{
    public static string Root { get; } = FindRoot();

    /// <summary>The broker that was built beside the tests, in the same configuration.</summary>
    public static string BrokerDll { get; } = Path.Combine(
        Root, "src", "Akka.Broker.Host", "bin", Configuration, "net10.0", "akka-broker.dll");

    public static string Script(string relativePath) => Path.Combine(Root, "tests", "Akka.Broker.Clients.Tests", relativePath);

    public static string Configuration =>
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
