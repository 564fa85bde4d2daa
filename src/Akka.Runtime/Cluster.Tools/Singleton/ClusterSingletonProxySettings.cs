using Akka.Actor;
using Akka.Configuration;

namespace Akka.Cluster.Tools.Singleton;

/// <summary>The section <c>akka.cluster.singleton-proxy</c>.</summary>
public sealed class ClusterSingletonProxySettings : INoSerializationVerificationNeeded
{
    public ClusterSingletonProxySettings(
        string singletonName, string? role, TimeSpan singletonIdentificationInterval, int bufferSize, bool considerAppVersion)
    {
        if (string.IsNullOrWhiteSpace(singletonName))
        {
            throw new ArgumentException("a singleton needs a name", nameof(singletonName));
        }

        if (bufferSize is < 0 or > 10_000)
        {
            throw new ArgumentOutOfRangeException(nameof(bufferSize), bufferSize, "must be from 0 to 10000");
        }

        SingletonName = singletonName;
        Role = role!;
        SingletonIdentificationInterval = singletonIdentificationInterval;
        BufferSize = bufferSize;
        ConsiderAppVersion = considerAppVersion;
    }

    public string SingletonName { get; }

    /// <summary>Null for all nodes.</summary>
    public string Role { get; }

    public TimeSpan SingletonIdentificationInterval { get; }

    public int BufferSize { get; }

    public bool ConsiderAppVersion { get; }

    public static ClusterSingletonProxySettings Create(ActorSystem system)
    {
        system.Settings.InjectTopLevelFallback(ClusterSingletonManager.DefaultConfig());
        return Create(system.Settings.Config.GetConfig("akka.cluster.singleton-proxy"), considerAppVersion: false);
    }

    public static ClusterSingletonProxySettings Create(Config config, bool considerAppVersion)
    {
        if (config.IsNullOrEmpty())
        {
            throw ConfigurationException.NullOrEmptyConfig<ClusterSingletonProxySettings>("akka.cluster.singleton-proxy");
        }

        return new ClusterSingletonProxySettings(
            config.GetString("singleton-name", "singleton"),
            SingletonRole.OrNull(config.GetString("role", "")),
            config.GetTimeSpan("singleton-identification-interval", TimeSpan.FromSeconds(1)),
            config.GetInt("buffer-size", 1000),
            considerAppVersion);
    }

    public ClusterSingletonProxySettings WithSingletonName(string singletonName) =>
        new(singletonName, Role, SingletonIdentificationInterval, BufferSize, ConsiderAppVersion);

    public ClusterSingletonProxySettings WithRole(string role) =>
        new(SingletonName, SingletonRole.OrNull(role), SingletonIdentificationInterval, BufferSize, ConsiderAppVersion);

    public ClusterSingletonProxySettings WithSingletonIdentificationInterval(TimeSpan singletonIdentificationInterval) =>
        new(SingletonName, Role, singletonIdentificationInterval, BufferSize, ConsiderAppVersion);

    public ClusterSingletonProxySettings WithBufferSize(int bufferSize) =>
        new(SingletonName, Role, SingletonIdentificationInterval, bufferSize, ConsiderAppVersion);
}
