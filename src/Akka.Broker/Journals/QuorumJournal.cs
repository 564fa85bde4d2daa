using System.Collections.Immutable;
using Akka.Actor;
using Akka.Broker.Controller;
using Akka.Broker.Protocol.Records;
using Akka.Broker.Quorum;
using Akka.Broker.Storage;
using Akka.Persistence;
using Akka.Persistence.Journal;

namespace Akka.Broker.Journals;

/// <summary>
/// Journal plugin <c>akka.persistence.journal.quorum</c>: the controller's decisions, each a record batch of the metadata log. A write completes when
/// the majority of the voters has it on disk; of one voter, when its own log has synced it.
/// <para>
/// The <see cref="QuorumActor"/> alone writes to the log: it takes only what is of the epoch that it leads and begins at the log's end, so a controller of an older epoch
/// writes nothing. A batch's sequence number is its base offset + 1, and the log's highest is its log end offset.
/// </para>
/// <para>A failed write fails all events of its call; what of them is in the log is unknown, and the epoch is over.</para>
/// </summary>
public sealed class QuorumJournal : AsyncWriteJournal
{
    private const int ReadBytes = 4 << 20;

    private readonly BrokerStorage _storage = BrokerStorage.Get(Context.System);

    /// <exception cref="QuorumWriteException">This node does not lead the metadata log.</exception>
    public override async Task<long> ReadHighestSequenceNrAsync(string persistenceId, long fromSequenceNr)
    {
        var end = await _storage.Quorum.LogEndAsync().ConfigureAwait(false);
        return end >= 0 ? end : throw new QuorumWriteException("This node does not lead the metadata log.");
    }

    /// <summary>Yields the stored decisions as <see cref="MetadataBatch"/>, what the log keeps for itself included. A controller recovers only what is committed.</summary>
    public override Task ReplayMessagesAsync(
        IActorContext context,
        string persistenceId,
        long fromSequenceNr,
        long toSequenceNr,
        long max,
        Action<IPersistentRepresentation> recoveryCallback) =>
        Task.Run(() => Replay(_storage.Logs.GetOrCreate(MetadataLog.Id, MetadataLog.Config), persistenceId, fromSequenceNr, toSequenceNr, max, recoveryCallback));

    protected override async Task<IImmutableList<Exception>> WriteMessagesAsync(IEnumerable<AtomicWrite> messages)
    {
        var appends = new List<Task>();
        foreach (var write in messages)
        {
            foreach (var representation in (IImmutableList<IPersistentRepresentation>)write.Payload)
            {
                if (representation.Payload is not MetadataBatch decision)
                    throw new ArgumentException($"The quorum journal stores metadata batches only; {representation.PersistenceId} persisted a {representation.Payload?.GetType().Name ?? "null"}.");
                appends.Add(_storage.Quorum.AppendAsync(decision.Batch.Bytes));
            }
        }

        // All are queued before the first is waited for, so that one sync and one fetch serve them.
        await Task.WhenAll(appends).ConfigureAwait(false);
        return null!;
    }

    /// <exception cref="NotSupportedException">Always: the log is cut behind its snapshots.</exception>
    protected override Task DeleteMessagesToAsync(string persistenceId, long toSequenceNr) =>
        throw new NotSupportedException("The metadata log is never cut at its beginning by its controller.");

    private static void Replay(PartitionLog log, string persistenceId, long from, long to, long max, Action<IPersistentRepresentation> yield)
    {
        var end = Math.Min(log.LogEndOffset, to);
        var offset = Math.Max(from - 1, log.LogStartOffset);
        while (offset < end)
        {
            using var records = log.Read(offset, ReadBytes, end, minOneBatch: true);
            ReadOnlyMemory<byte> rest = records.ToArray();
            var before = offset;
            while (RecordBatch.TryRead(rest, out var batch))
            {
                if (!batch.HasValidCrc)
                    throw new CorruptFileException(log.Folder, $"the checksum of the metadata batch at offset {batch.BaseOffset} is wrong");
                rest = rest[batch.SizeInBytes..];
                offset = batch.NextOffset;
                var sequenceNr = batch.BaseOffset + 1;
                if (sequenceNr < from)
                    continue;
                if (sequenceNr > to || max-- <= 0)
                    return;
                yield(new Persistent(new MetadataBatch(batch), sequenceNr, persistenceId));
            }
            Invariant.Check(offset > before);
        }
    }
}
