using Akka.Actor;
using Akka.Broker.Controller;
using Akka.Broker.Partitions;
using Akka.Broker.Protocol;
using Akka.Broker.Quorum;
using Akka.Broker.Storage;

namespace Akka.Broker.Journals;

/// <summary>
/// How the persistence plugins, which Akka makes by their class names, find the node's logs. Registered once, before anything persists.
/// Thread-safe as its parts are.
/// </summary>
public sealed class BrokerStorage(LogManager logs, MetadataCache metadata, IReadOnlyList<string> dataFolders) : IExtension
{
    /// <summary>The plugin of the first data folder; folder <i>n</i> has one of its own, named with <c>-n</c> behind.</summary>
    public const string SegmentJournalId = "akka.persistence.journal.segment";

    public const string SegmentSnapshotStoreId = "akka.persistence.snapshot-store.segment";

    public LogManager Logs { get; } = logs;

    /// <summary>Who writes the metadata log.</summary>
    public QuorumPort Quorum { get; init; } = new(logs.Options.Time, long.MaxValue);

    public static BrokerStorage Get(ActorSystem system) => system.GetExtension<BrokerStorage>()
        ?? throw new InvalidOperationException("The broker's persistence plugins serve a BrokerNode's actor system only: register a BrokerStorage first.");

    public void RegisterWith(ActorSystem system) => system.RegisterExtension(new Provider(this));

    /// <summary>The journal that writes to the log's data folder.</summary>
    public string JournalOf(PartitionLog log)
    {
        for (var i = 1; i < dataFolders.Count; i++)
        {
            if (dataFolders[i] == log.DataFolder)
                return $"{SegmentJournalId}-{i}";
        }

        return SegmentJournalId;
    }

    /// <summary>The log of a persistent actor, null if this node has none.</summary>
    public PartitionLog? Find(string persistenceId)
    {
        var (topicId, partition) = PartitionEntity.ParsePersistenceId(persistenceId);
        if (!metadata.Current.TryGetTopic(topicId, out var topic))
            return null;
        var log = Logs.Get(new TopicPartition(topic.Name, partition));
        return log is not null && log.Id.TopicId == topicId ? log : null;
    }

    private sealed class Provider(BrokerStorage storage) : ExtensionIdProvider<BrokerStorage>
    {
        public override BrokerStorage CreateExtension(ExtendedActorSystem system) => storage;
    }
}
