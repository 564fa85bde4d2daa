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
        RunCoordinatedShutdownWhenDown = section.GetBoolean("run-coordinated-shutdown-when-down", true);
        LogInfo = section.GetBoolean("log-info", true);
        UseDispatcher = section.GetString("use-dispatcher", "");
        DowningProviderName = section.GetString("downing-provider-class", "");
        DownRemovalMargin = section.GetString("down-removal-margin", "off") == "off" ? TimeSpan.Zero : section.GetTimeSpan("down-removal-margin");
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

    public TimeSpan SeedNodeTimeout { get; }

    public bool RunCoordinatedShutdownWhenDown { get; }

    public bool LogInfo { get; }

    public string UseDispatcher { get; }

    internal string DowningProviderName { get; }

    internal TimeSpan DownRemovalMargin { get; }

    private static Address ParseSeed(string text, string systemName)
    {
        if (!Address.TryParse(text, out var address) || address.HasLocalScope || address.Port is null)
        {
            throw new ConfigurationException($"akka.cluster.seed-nodes: '{text}' is not an address such as akka.tcp://{systemName}@host:4053");
        }

        return address;
    }
}
