using System.Collections.Immutable;
using Akka.Actor;
using Akka.Broker.Partitions;
using Akka.Broker.Storage;
using Akka.Persistence;
using Akka.Persistence.Journal;

namespace Akka.Broker.Journals;

/// <summary>
/// Journal plugin <c>akka.persistence.journal.segment</c>: partitions' events are record batches and go to the partitions' segment files, each under its
/// writer's token. One instance a data folder, so that a slow disk delays only its own; the folder's writer thread does the I/O and shares one fsync
/// among all that are queued.
/// <para>
/// Sequence numbers: a stored batch's is its base offset + 1 and the log's highest is its log end offset, so they rise and stay what they are across
/// retention, truncation and batches written as follower. While an actor runs its own count lags behind that; nobody compares the two.
/// </para>
/// <para>A failed write fails all events of its call. What of them is in the log is unknown to the actor, which stops and recovers from there.</para>
/// </summary>
public sealed class SegmentJournal : AsyncWriteJournal
{
    private readonly BrokerStorage _storage = BrokerStorage.Get(Context.System);

    public override Task<long> ReadHighestSequenceNrAsync(string persistenceId, long fromSequenceNr) =>
        Task.FromResult(_storage.Find(persistenceId)?.LogEndOffset ?? 0);

    /// <summary>Yields the headers of stored batches as <see cref="BatchReplayed"/>; payloads are not read.</summary>
    public override Task ReplayMessagesAsync(
        IActorContext context,
        string persistenceId,
        long fromSequenceNr,
        long toSequenceNr,
        long max,
        Action<IPersistentRepresentation> recoveryCallback)
    {
        var log = _storage.Find(persistenceId);
        if (log is null || max <= 0 || fromSequenceNr > Math.Min(toSequenceNr, log.LogEndOffset))
            return Task.CompletedTask;
        return Task.Run(() => Replay(log, persistenceId, fromSequenceNr, toSequenceNr, max, recoveryCallback));
    }

    protected override Task<IImmutableList<Exception>> WriteMessagesAsync(IEnumerable<AtomicWrite> messages)
    {
        var writes = new GroupCompletion();
        foreach (var write in messages)
        {
            foreach (var representation in (IImmutableList<IPersistentRepresentation>)write.Payload)
            {
                if (representation.Payload is not BatchAppended append)
                    return Task.FromException<IImmutableList<Exception>>(NotABatch(representation));
                writes.Expect();
                append.Log.Append(append.Token, append.Batch, AppendKind.Leader, writes, null);
            }
        }

        writes.AllQueued();
        return writes.Task;
    }

    /// <summary>As delete-records: a sequence number is the offset behind its batch's first record.</summary>
    protected override Task DeleteMessagesToAsync(string persistenceId, long toSequenceNr)
    {
        var log = _storage.Find(persistenceId);
        return log is null ? Task.CompletedTask : log.IncrementLogStartOffsetAsync(Math.Min(toSequenceNr, log.HighWatermark));
    }

    private static void Replay(PartitionLog log, string persistenceId, long from, long to, long max, Action<IPersistentRepresentation> yield)
    {
        foreach (var header in log.ReadHeaders(Math.Max(from - 1, log.LogStartOffset)))
        {
            var sequenceNr = header.BaseOffset + 1;
            if (sequenceNr < from)
                continue;
            if (sequenceNr > to || max-- == 0)
                return;
            yield(new Persistent(new BatchReplayed(header), sequenceNr, persistenceId));
        }
    }

    private static ArgumentException NotABatch(IPersistentRepresentation representation) =>
        new($"The segment journal stores record batches only; {representation.PersistenceId} persisted a {representation.Payload?.GetType().Name ?? "null"}.");

    /// <summary>Completes once all appends of one call have; told on the folder's writer thread.</summary>
    private sealed class GroupCompletion : IAppendCompletion
    {
        private readonly TaskCompletionSource<IImmutableList<Exception>> _all = new(TaskCreationOptions.RunContinuationsAsynchronously);
        private LogWriteException? _failure;

        // One more than is expected, until all are queued.
        private int _open = 1;

        public Task<IImmutableList<Exception>> Task => _all.Task;

        public void Expect() => Interlocked.Increment(ref _open);

        public void AllQueued() => Complete();

        public void OnAppendCompleted(object? state, in AppendResult result)
        {
            if (!result.IsAppended)
                _failure ??= new LogWriteException(result);
            Complete();
        }

        private void Complete()
        {
            if (Interlocked.Decrement(ref _open) != 0)
                return;
            if (_failure is null)
                _all.SetResult(null!);
            else
                _all.SetException(_failure);
        }
    }
}
