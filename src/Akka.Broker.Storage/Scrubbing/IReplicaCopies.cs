using Akka.Broker.Protocol;

namespace Akka.Broker.Storage.Scrubbing;

/// <summary>The other replicas of this node's logs, as the scrubber asks for what it has found damaged. Called on its thread alone.</summary>
public interface IReplicaCopies
{
    /// <summary>
    /// Replicas that hold all committed records, the leader first. Each is disposed by the caller. Empty where there is none now, and then why.
    /// </summary>
    IReadOnlyList<IReplicaCopy> Of(TopicIdPartition partition, out string whyNone);

    /// <summary>
    /// A log that keeps its records in another form too does not need a damaged part of it: whatever lies before the offset is stood for by that, and dropped. It may take
    /// as long as writing that form does.
    /// </summary>
    /// <param name="partition">Whose log.</param>
    /// <param name="endOffset">Behind the damaged segment, all of which is committed.</param>
    /// <param name="stopped">The node stops.</param>
    /// <param name="whyNot">Why this kind of log cannot be rid of it now; null where logs are not of this kind.</param>
    /// <returns>True: the log begins at or behind the offset, and the segment is the log's no more.</returns>
    bool TryForget(TopicIdPartition partition, long endOffset, CancellationToken stopped, out string? whyNot);
}

/// <summary>One replica on another broker. One caller at a time.</summary>
public interface IReplicaCopy : IDisposable
{
    /// <summary>For the log: <c>broker 2</c>.</summary>
    string Name { get; }

    /// <summary>
    /// Committed batches from the one on that holds the offset, or, if a compaction has left none, from the next one on: as they came, unchecked, the last perhaps cut.
    /// Empty if there are none. They stay until the next call. It may take as long as the network does.
    /// </summary>
    /// <exception cref="ReplicaCopyException">The broker cannot be asked, or does not give them.</exception>
    /// <exception cref="OperationCanceledException">The node stops.</exception>
    ReadOnlyMemory<byte> Read(long offset, CancellationToken stopped);
}

/// <summary>Another replica could not be read. The message says why.</summary>
public sealed class ReplicaCopyException(string message, Exception? inner = null) : StorageException(message, inner);
