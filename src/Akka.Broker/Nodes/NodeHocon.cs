using Akka.Broker.Journals;
using Akka.Broker.Sharding;
using Akka.Configuration;

namespace Akka.Broker.Nodes;

/// <summary>What the actor system's configuration gets from the broker's settings: the node's role, and a journal for each further data folder.</summary>
internal static class NodeHocon
{
    public static Config Of(Settings.BrokerSettings settings)
    {
        var roles = settings.Hocon.GetStringList("akka.cluster.roles").Append(BrokerShards.RoleOf(settings.NodeId)).Distinct();
        var hocon = ConfigurationFactory.ParseString(
            $$"""
            akka.cluster {
              roles = [{{string.Join(", ", roles.Select(r => $"\"{r}\""))}}]
              # Akka would join them by itself; a node with metadata asks its voters first.
              seed-nodes = []
            }
            """);
        for (var folder = 1; folder < settings.DataDirs.Count; folder++)
        {
            var journal = settings.Hocon.GetConfig(BrokerStorage.SegmentJournalId);
            hocon = hocon.WithFallback(ConfigurationFactory.ParseString($"{BrokerStorage.SegmentJournalId}-{folder} {journal.Root}"));
        }

        return hocon.WithFallback(settings.Hocon);
    }
}
