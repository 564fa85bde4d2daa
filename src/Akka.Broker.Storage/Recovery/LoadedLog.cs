using Akka.Broker.Storage.Epochs;
using Akka.Broker.Storage.Producers;
using Akka.Broker.Storage.Segments;

namespace Akka.Broker.Storage.Recovery;

/// <summary>What <see cref="LogLoader"/> has found in a folder, whole and valid, for a log to go on from.</summary>
internal sealed record LoadedLog(
    string Folder,
    IReadOnlyList<LogSegment> Segments,
    ProducerStateManager Producers,
    LeaderEpochCache Epochs,
    long LogStartOffset,
    long LogEndOffset,
    long RecoveryPoint,
    long CheckpointedRecoveryPoint,
    long StraySnapshot,
    bool IsFolderUnsynced)
{
    /// <summary>Bases of segments that are damaged where nothing may be cut off.</summary>
    public IReadOnlyList<long> Damaged { get; init; } = [];
}
