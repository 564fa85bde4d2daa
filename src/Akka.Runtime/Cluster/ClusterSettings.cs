using System.Collections.Immutable;
using Akka.Actor;
using Akka.Configuration;

namespace Akka.Cluster;

/// <summary>The section <c>akka.cluster</c>, read once.</summary>
public sealed class ClusterSettings
{
    public ClusterSettings(Config config, string systemName)
    {
        var section = config.GetConfig("akka.cluster") ?? throw ConfigurationException.NullOrEmptyConfig<ClusterSettings>("akka.cluster");
        SeedNodes = section.GetStringList("seed-nodes").Select(text => ParseSeed(text, systemName)).ToImmutableList();
        Roles = section.GetStringList("roles").ToImmutableHashSet();
        MinNrOfMembers = Math.Max(1, section.GetInt("min-nr-of-members", 1));
        SeedNodeTimeout = section.GetTimeSpan("seed-node-timeout", TimeSpan.FromSeconds(5));
        RetryUnsuccessfulJoinAfter = TimeSpanUnlessOff(section, "retry-unsuccessful-join-after");
        ShutdownAfterUnsuccessfulJoinSeedNodes = TimeSpanUnlessOff(section, "shutdown-after-unsuccessful-join-seed-nodes");
        PeriodicTasksInitialDelay = section.GetTimeSpan("periodic-tasks-initial-delay", TimeSpan.FromSeconds(1));
        GossipInterval = section.GetTimeSpan("gossip-interval", TimeSpan.FromSeconds(1));
        GossipTimeToLive = section.GetTimeSpan("gossip-time-to-live", TimeSpan.FromSeconds(2));
        LeaderActionsInterval = section.GetTimeSpan("leader-actions-interval", TimeSpan.FromSeconds(1));
        UnreachableNodesReaperInterval = section.GetTimeSpan("unreachable-nodes-reaper-interval", TimeSpan.FromSeconds(1));
        GossipDifferentViewProbability = section.GetDouble("gossip-different-view-probability", 0.8);
        ReduceGossipDifferentViewProbability = section.GetInt("reduce-gossip-different-view-probability", 400);
        (AllowWeaklyUpMembers, WeaklyUpAfter) = ReadWeaklyUp(section);
        RunCoordinatedShutdownWhenDown = section.GetBoolean("run-coordinated-shutdown-when-down", true);
        LogInfo = section.GetBoolean("log-info", true);
        LogInfoVerbose = section.GetBoolean("log-info-verbose", false);
        VerboseGossipReceivedLogging = section.GetBoolean("debug.verbose-receive-gossip-logging", false);
        VerboseHeartbeatLogging = section.GetBoolean("debug.verbose-heartbeat-logging", false);
        UseDispatcher = section.GetString("use-dispatcher", "");
        DowningProviderName = section.GetString("downing-provider-class", "");
        DownRemovalMargin = TimeSpanUnlessOff(section, "down-removal-margin") ?? TimeSpan.Zero;

        FailureDetectorConfig = section.GetConfig("failure-detector");
        FailureDetectorImplementationClass = FailureDetectorConfig.GetString("implementation-class");
        HeartbeatInterval = Positive(FailureDetectorConfig, "heartbeat-interval");
        HeartbeatExpectedResponseAfter = Positive(FailureDetectorConfig, "expected-response-after");
        MonitoredByNrOfMembers = FailureDetectorConfig.GetInt("monitored-by-nr-of-members");
        if (MonitoredByNrOfMembers <= 0)
        {
            throw new ConfigurationException($"akka.cluster.failure-detector.monitored-by-nr-of-members is {MonitoredByNrOfMembers}; it must be above 0");
        }

        var perRole = ImmutableDictionary.CreateBuilder<string, int>();
        foreach (var (role, value) in section.GetConfig("role")?.AsEnumerable() ?? [])
        {
            perRole[role] = value.GetChildObject("min-nr-of-members")?.GetInt() ?? 0;
        }

        MinNrOfMembersOfRole = perRole.ToImmutable();
    }

    public ImmutableList<Address> SeedNodes { get; }

    public ImmutableHashSet<string> Roles { get; }

    /// <summary>How many members must have joined before the leader moves them to Up.</summary>
    public int MinNrOfMembers { get; }

    public ImmutableDictionary<string, int> MinNrOfMembersOfRole { get; }

    /// <summary>How long the first seed node waits for others before it forms a cluster of its own, and the others before they ask again.</summary>
    public TimeSpan SeedNodeTimeout { get; }

    /// <summary>Null when off.</summary>
    public TimeSpan? RetryUnsuccessfulJoinAfter { get; }

    /// <summary>Null when off.</summary>
    public TimeSpan? ShutdownAfterUnsuccessfulJoinSeedNodes { get; }

    public TimeSpan PeriodicTasksInitialDelay { get; }

    public TimeSpan GossipInterval { get; }

    /// <summary>A gossip that waited longer before it was handled is dropped.</summary>
    public TimeSpan GossipTimeToLive { get; }

    public TimeSpan LeaderActionsInterval { get; }

    public TimeSpan UnreachableNodesReaperInterval { get; }

    public double GossipDifferentViewProbability { get; }

    public int ReduceGossipDifferentViewProbability { get; }

    public bool AllowWeaklyUpMembers { get; }

    public TimeSpan WeaklyUpAfter { get; }

    public Config FailureDetectorConfig { get; }

    public string FailureDetectorImplementationClass { get; }

    public TimeSpan HeartbeatInterval { get; }

    public TimeSpan HeartbeatExpectedResponseAfter { get; }

    public int MonitoredByNrOfMembers { get; }

    public bool RunCoordinatedShutdownWhenDown { get; }

    public bool LogInfo { get; }

    public bool LogInfoVerbose { get; }

    public bool VerboseGossipReceivedLogging { get; }

    public bool VerboseHeartbeatLogging { get; }

    public string UseDispatcher { get; }

    internal string DowningProviderName { get; }

    internal TimeSpan DownRemovalMargin { get; }

    private static TimeSpan? TimeSpanUnlessOff(Config section, string key) =>
        section.GetString(key, "off").ToLowerInvariant() is "off" or "false" or "no" ? null : section.GetTimeSpan(key);

    /// <summary>A switch, or how long the members must have disagreed; on means the 7 s that are the default.</summary>
    private static (bool Allowed, TimeSpan After) ReadWeaklyUp(Config section) =>
        section.GetString("allow-weakly-up-members", "7s").ToLowerInvariant() switch
        {
            "off" or "false" or "no" => (false, TimeSpan.Zero),
            "on" or "true" or "yes" => (true, TimeSpan.FromSeconds(7)),
            _ => (true, section.GetTimeSpan("allow-weakly-up-members")),
        };

    private static TimeSpan Positive(Config detector, string key)
    {
        var value = detector.GetTimeSpan(key);
        return value > TimeSpan.Zero
            ? value
            : throw new ConfigurationException($"akka.cluster.failure-detector.{key} is {value}; it must be above 0");
    }

    private static Address ParseSeed(string text, string systemName)
    {
        if (!Address.TryParse(text, out var address) || address.HasLocalScope || address.Port is null)
        {
            throw new ConfigurationException($"akka.cluster.seed-nodes: '{text}' is not an address such as akka.tcp://{systemName}@host:4053");
        }

        return address;
    }
}
