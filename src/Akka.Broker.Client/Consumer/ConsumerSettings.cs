using Akka.Broker.Client.Settings;
using Akka.Configuration;

namespace Akka.Broker.Client;

/// <summary>Where to begin in a partition without a valid offset.</summary>
public enum AutoOffsetReset
{
    /// <summary>At what is written from now on.</summary>
    Latest,

    Earliest,

    /// <summary>Nowhere: an event says so, and the partition waits for a seek.</summary>
    None,
}

/// <summary>Whether records of transactions are seen before these are committed.</summary>
public enum IsolationLevel : sbyte
{
    ReadUncommitted = 0,
    ReadCommitted = 1,
}

/// <summary>What a consumer goes by: <c>akka.broker.client.consumer</c>, where each key is explained. Change a copy with <c>with</c>.</summary>
public sealed record ConsumerSettings
{
    /// <summary>Null: no group; partitions are assigned by hand and nothing is committed.</summary>
    public string? GroupId { get; init; }

    /// <summary>Makes a static member: one that comes back under this name within the session costs no rebalance. Null: none.</summary>
    public string? GroupInstanceId { get; init; }

    /// <summary>Where this application is; brokers that are aware of racks then let it fetch from a replica there. Null: not said.</summary>
    public string? Rack { get; init; }

    /// <summary>How the group divides partitions, the preferred first: <c>cooperative-sticky</c>, <c>range</c>, <c>roundrobin</c>.</summary>
    public required IReadOnlyList<string> Assignors { get; init; }

    /// <summary>A member that the coordinator does not hear for so long is out.</summary>
    public required TimeSpan SessionTimeout { get; init; }

    /// <summary>Below <see cref="SessionTimeout"/>. Heartbeats go out whatever handlers do.</summary>
    public required TimeSpan HeartbeatInterval { get; init; }

    /// <summary>How long the group waits in a rebalance for a member to give up partitions and join again.</summary>
    public required TimeSpan RebalanceTimeout { get; init; }

    /// <summary>How long partitions that are given up wait for records that are being handled. Below <see cref="RebalanceTimeout"/>.</summary>
    public required TimeSpan DrainTimeout { get; init; }

    /// <summary>Where to begin in a partition without a valid committed offset.</summary>
    public required AutoOffsetReset AutoOffsetReset { get; init; }

    /// <summary>Whether what is finished is committed by itself: at intervals, when partitions are given up, and at the end.</summary>
    public required bool AutoCommit { get; init; }

    /// <summary>Between two commits of <see cref="AutoCommit"/>.</summary>
    public required TimeSpan AutoCommitInterval { get; init; }

    /// <summary>Whether records of open transactions are seen.</summary>
    public required IsolationLevel IsolationLevel { get; init; }

    /// <summary>A broker answers a fetch when it has so many, or after <see cref="FetchMaxWait"/>.</summary>
    public required int FetchMinBytes { get; init; }

    /// <summary>How long a broker waits for <see cref="FetchMinBytes"/>.</summary>
    public required TimeSpan FetchMaxWait { get; init; }

    /// <summary>Of an answer; a single larger batch comes all the same.</summary>
    public required int FetchMaxBytes { get; init; }

    /// <summary>Of one partition in an answer; a single larger batch comes all the same.</summary>
    public required int FetchPartitionMaxBytes { get; init; }

    /// <summary>Fetched ahead of who reads, of all partitions together.</summary>
    public required long PrefetchMaxBytes { get; init; }

    /// <summary>Whether batches are checked against their checksums.</summary>
    public required bool CheckCrcs { get; init; }

    /// <summary>A batch that decompresses to more is refused.</summary>
    public required int DecompressedMaxBytes { get; init; }

    /// <summary>A record that is in a handler's hands for so long is reported once: <see cref="HandlerTooSlow"/>.</summary>
    public required TimeSpan HandlerSlowAfter { get; init; }

    /// <summary>How long a request may be unanswered, beyond what it may wait at the broker.</summary>
    public required TimeSpan RequestTimeout { get; init; }

    /// <summary>How long closing waits for handlers, the last commit and the goodbye to the group.</summary>
    public required TimeSpan CloseTimeout { get; init; }

    /// <summary>From an application's configuration over the defaults.</summary>
    /// <exception cref="InvalidClientSettingsException">A value is not allowed, or two do not go together.</exception>
    public static ConsumerSettings Of(Config config)
    {
        var section = SettingsSection.Of(config).Section("consumer");
        return new ConsumerSettings
        {
            GroupId = section.OptionalText("group-id"),
            GroupInstanceId = section.OptionalText("group-instance-id"),
            Rack = section.OptionalText("rack"),
            Assignors = section.TextList("assignors"),
            SessionTimeout = section.Duration("session-timeout", TimeSpan.FromMilliseconds(1)),
            HeartbeatInterval = section.Duration("heartbeat-interval", TimeSpan.FromMilliseconds(1)),
            RebalanceTimeout = section.Duration("rebalance-timeout", TimeSpan.FromMilliseconds(1)),
            DrainTimeout = section.Duration("drain-timeout"),
            AutoOffsetReset = section.OneOf("auto-offset-reset", ("latest", AutoOffsetReset.Latest), ("earliest", AutoOffsetReset.Earliest), ("none", AutoOffsetReset.None)),
            AutoCommit = section.Bool("auto-commit"),
            AutoCommitInterval = section.Duration("auto-commit-interval", TimeSpan.FromMilliseconds(1)),
            IsolationLevel = section.OneOf("isolation-level", ("read_uncommitted", IsolationLevel.ReadUncommitted), ("read_committed", IsolationLevel.ReadCommitted)),
            FetchMinBytes = section.Bytes("fetch-min-bytes", 0),
            FetchMaxWait = section.Duration("fetch-max-wait"),
            FetchMaxBytes = section.Bytes("fetch-max-bytes", 1),
            FetchPartitionMaxBytes = section.Bytes("fetch-partition-max-bytes", 1),
            PrefetchMaxBytes = section.LongBytes("prefetch-max-bytes", 1),
            CheckCrcs = section.Bool("check-crcs"),
            DecompressedMaxBytes = section.Bytes("decompressed-max-bytes", 1024),
            HandlerSlowAfter = section.Duration("handler-slow-after", TimeSpan.FromMilliseconds(1)),
            RequestTimeout = section.Duration("request-timeout", TimeSpan.FromMilliseconds(1)),
            CloseTimeout = section.Duration("close-timeout"),
        }.Checked();
    }

    /// <summary>This, if the settings go together.</summary>
    /// <exception cref="InvalidClientSettingsException">They do not.</exception>
    internal ConsumerSettings Checked()
    {
        const string Path = SettingsSection.Root + ".consumer";
        if (HeartbeatInterval >= SessionTimeout)
            throw new InvalidClientSettingsException($"{Path}.heartbeat-interval is {HeartbeatInterval}; it must be below session-timeout, {SessionTimeout}.");
        if (DrainTimeout >= RebalanceTimeout)
            throw new InvalidClientSettingsException($"{Path}.drain-timeout is {DrainTimeout}; it must be below rebalance-timeout, {RebalanceTimeout}, or the group goes on without this member.");
        if (Assignors.Count == 0)
            throw new InvalidClientSettingsException($"{Path}.assignors is empty; at least one is needed.");
        foreach (var name in Assignors)
        {
            if (!Consuming.PartitionAssignors.IsKnown(name))
                throw new InvalidClientSettingsException($"{Path}.assignors has '{name}'; allowed: {string.Join(", ", Consuming.PartitionAssignors.Names)}.");
        }
        return this;
    }
}
