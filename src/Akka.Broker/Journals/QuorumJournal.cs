using System.Collections.Immutable;
using Akka.Actor;
using Akka.Broker.Controller;
using Akka.Broker.Protocol.Records;
using Akka.Broker.Storage;
using Akka.Persistence;
using Akka.Persistence.Journal;

namespace Akka.Broker.Journals;

/// <summary>
/// Journal plugin <c>akka.persistence.journal.quorum</c>: the controller's decisions, each a record batch of the metadata log. A write completes when
/// the majority of the voters has it on disk; of one voter, when its own log has synced it.
/// <para>
/// One controller writes at a time: reading the highest sequence number, with which a recovery begins, takes the log over, and what an earlier
/// incarnation has queued is discarded before it reaches the file. A batch's sequence number is its base offset + 1, and the log's highest is its
/// log end offset.
/// </para>
/// <para>A failed write fails all events of its call; what of them is in the log is unknown until the controller has recovered from it.</para>
/// </summary>
public sealed class QuorumJournal : AsyncWriteJournal
{
    private const int ReadBytes = 4 << 20;

    private readonly LogManager _logs = BrokerStorage.Get(Context.System).Logs;
    private volatile WriterToken? _token;

    public override async Task<long> ReadHighestSequenceNrAsync(string persistenceId, long fromSequenceNr)
    {
        var log = await Task.Run(Log).ConfigureAwait(false);
        var token = log.TakeOver();
        var state = await log.CaptureAsync(token).ConfigureAwait(false);
        _token = token;
        return state.LogEndOffset;
    }

    /// <summary>Yields the stored decisions as <see cref="MetadataBatch"/>.</summary>
    public override Task ReplayMessagesAsync(
        IActorContext context,
        string persistenceId,
        long fromSequenceNr,
        long toSequenceNr,
        long max,
        Action<IPersistentRepresentation> recoveryCallback) =>
        Task.Run(() => Replay(Log(), persistenceId, fromSequenceNr, toSequenceNr, max, recoveryCallback));

    protected override async Task<IImmutableList<Exception>> WriteMessagesAsync(IEnumerable<AtomicWrite> messages)
    {
        var log = Log();
        var token = _token ?? throw new InvalidOperationException("The metadata log was written to before it was recovered.");
        var appends = new List<Task<AppendResult>>();
        foreach (var write in messages)
        {
            foreach (var representation in (IImmutableList<IPersistentRepresentation>)write.Payload)
            {
                if (representation.Payload is not MetadataBatch decision)
                    throw new ArgumentException($"The quorum journal stores metadata batches only; {representation.PersistenceId} persisted a {representation.Payload?.GetType().Name ?? "null"}.");
                appends.Add(log.AppendAsync(token, decision.Batch.Bytes));
            }
        }

        // All are queued before the first is waited for, so that one sync serves them.
        foreach (var append in appends)
        {
            var result = await append.ConfigureAwait(false);
            if (!result.IsAppended)
                throw new LogWriteException(result);
        }

        return null!;
    }

    /// <exception cref="NotSupportedException">Always: decisions are kept.</exception>
    protected override Task DeleteMessagesToAsync(string persistenceId, long toSequenceNr) =>
        throw new NotSupportedException("The metadata log is never cut at its beginning by its controller.");

    private static void Replay(PartitionLog log, string persistenceId, long from, long to, long max, Action<IPersistentRepresentation> yield)
    {
        var end = log.LogEndOffset;
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

    private PartitionLog Log() => _logs.GetOrCreate(MetadataLog.Id, MetadataLog.Config);
}
