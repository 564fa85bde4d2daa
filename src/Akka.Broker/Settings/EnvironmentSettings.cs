namespace Akka.Broker.Settings;

/// <summary>
/// Settings from variables of the environment, for containers. In a variable's name <c>__</c> stands for the dot and <c>_</c> for the dash, as
/// Akka.NET's own bootstrap reads them:
/// <code>
///  AKKA_BROKER_NODE_ID=1                                 akka.broker.node-id = 1
///  AKKA_BROKER_KAFKA__LISTENERS__PUBLIC__PORT=9092       akka.broker.kafka.listeners.public.port = 9092
///  AKKA__REMOTE__DOT_NETTY__TCP__HOSTNAME=broker-1       akka.remote.dot-netty.tcp.hostname = broker-1
///  PETABRIDGE__CMD__PORT=9110                            petabridge.cmd.port = 9110
/// </code>
/// A variable without a value is as good as none. Pure.
/// </summary>
public static class EnvironmentSettings
{
    private static readonly (string Variable, string Path)[] Prefixes =
    [
        ("AKKA_BROKER_", "akka.broker."),
        ("AKKA__", "akka."),
        ("PETABRIDGE__", "petabridge."),
    ];

    /// <summary>What the variables set, as <see cref="BrokerConfiguration.Load"/> takes it, in the order of their names.</summary>
    public static IReadOnlyList<string> Overrides(IEnumerable<KeyValuePair<string, string>> environment)
    {
        var overrides = new List<string>();
        foreach (var (name, value) in environment.OrderBy(v => v.Key, StringComparer.Ordinal))
        {
            if (value.Length > 0 && PathOf(name) is { } path)
                overrides.Add($"{path}={value}");
        }
        return overrides;
    }

    private static string? PathOf(string variable)
    {
        foreach (var (prefix, path) in Prefixes)
        {
            if (variable.Length > prefix.Length && variable.StartsWith(prefix, StringComparison.Ordinal))
                return path + variable[prefix.Length..].ToLowerInvariant().Replace("__", ".", StringComparison.Ordinal).Replace('_', '-');
        }
        return null;
    }
}
