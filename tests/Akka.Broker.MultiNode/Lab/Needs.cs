namespace Akka.Broker.MultiNode.Lab;

/// <summary>What these tests need of the machine. Without it they are skipped, and say so where it cannot be overlooked.</summary>
public static class Needs
{
    private static readonly Lazy<Task<string?>> Missing = new(FindMissingAsync);

    /// <summary>What is missing; null if nothing is.</summary>
    public static Task<string?> MissingAsync() => Missing.Value;

    public static async Task NetworkAsync()
    {
        if (await MissingAsync() is not { } reason)
            return;
        if (Environment.GetEnvironmentVariable("AKKA_BROKER_MULTINODE_REQUIRED") == "1")
            Assert.Fail(reason);
        Skip.If(true, reason);
    }

    private static async Task<string?> FindMissingAsync()
    {
        var reason = await Network.WhyNotAsync();
        if (reason is null && (await Shell.TryAsync("/usr/bin/python3", "-c", "import confluent_kafka")).Code != 0)
            reason = "the Python client is missing (apt-get install python3-confluent-kafka)";
        if (reason is null && !File.Exists(Repository.BrokerDll))
            reason = $"{Repository.BrokerDll} is not built: dotnet build src/Akka.Broker.Host";
        if (reason is null)
            return null;
        reason = $"NO CLUSTER OF PROCESSES WAS TRIED: {reason}. Run as root on Linux with iproute2, iptables and python3-confluent-kafka.";
        await Console.Error.WriteLineAsync($"*** {reason} ***");
        return reason;
    }
}
