using Akka.Broker.Protocol.Records;
using Akka.Broker.Storage.Compaction;
using Akka.Broker.Storage.Disks;
using Akka.Broker.Storage.Producers;
using Akka.Broker.Storage.Segments;

namespace Akka.Broker.Storage.Scrubbing;

/// <summary>What a repair put in place.</summary>
/// <param name="Batches">So many are another replica's now; 0: only the indexes were made again.</param>
/// <param name="Bytes">Of those.</param>
internal sealed record RepairReport(int Batches, long Bytes);

/// <summary>
/// Makes a damaged segment again, beside it, and puts the new one in its place.
/// <code>
///   own        │ b b b │ xxxxx │ b b │        what is whole stays as it is
///   replica    │ b b b │ b  b  │ b b │        its batches fill the holes
///   new        │ b b b │ b  b  │ b b │ .cleaned ─▶ .swap ─▶ in place, by the folder's writer: see <see cref="SegmentSwap"/>
/// </code>
/// Committed batches are the same bytes on all replicas, so a filled hole has the size of what stood there, and behind it the own batches go on. Only compactions, which
/// each replica does by itself, can make them differ. Hence:
/// <list type="bullet">
/// <item>an own batch that is whole is never given up, but for one with the same checksum: then its header, which that does not cover, was damaged;</item>
/// <item>in a log that has been compacted, the new segment is exactly as long as the old one. A replica that has compacted it differently may lack a deletion
/// marker whose older value is here yet, or still have a value whose marker is gone here: to mix them would bring deleted keys back.</item>
/// </list>
/// What is taken is checked like the own: checksum, offsets between the neighbours, the epoch that this log has noted. Runs on the scrubber's thread, which holds
/// <see cref="PartitionLog.RewriteGate"/>. A crash leaves the old segment or the new one.
/// </summary>
internal sealed class SegmentRepair(PartitionLog log, LogEnvironment environment, RewriteBudget budget, CancellationToken stopped)
{
    private readonly int _truncations = log.Mutator.Truncations;
    private GroupRewrite _rewrite = null!;
    private BatchOrder _order = null!;
    private ProducerStateManager _producers = null!;
    private int _batches;
    private long _bytes;

    /// <param name="segment">The damaged one.</param>
    /// <param name="copy">Where what is missing is taken from; null: only an index is to be made again.</param>
    /// <returns>Null, and nothing done, if the segment is not the log's any more.</returns>
    /// <exception cref="ReplicaCopyException">The replica does not have what is missing.</exception>
    /// <exception cref="DiskFullException">There is no space for a second segment.</exception>
    public RepairReport? Run(LogSegment segment, IReplicaCopy? copy)
    {
        var contents = log.Mutator.Contents;
        var at = Array.IndexOf(contents.Segments, segment);
        if (at < 0 || at == contents.Segments.Length - 1 || !segment.TryAcquire())
            return null;
        using var rewrite = _rewrite = new GroupRewrite(environment.Disk, log.Folder, budget, log.Config);
        try
        {
            if (!log.Space.Fits(segment.Size))
                throw new DiskFullException($"the segment has {segment.Size} bytes, and so much is not free above what is held back (log.dir.reserve.bytes)");
            _producers = Wait(log.RunAsync(m => m.ProducersAt(segment.BaseOffset)));
            rewrite.Begin(segment.BaseOffset, environment.NowMs);
            Fill(segment, contents.EndOf(at), copy is null ? null : new CopiedBatches(copy, budget.OnRead, stopped));
            var made = rewrite.Complete();
            // From here on it may be the only copy: a swap that fails half-way is the next start's to finish.
            rewrite.HandOver();
            if (!Wait(log.RunAsync(m => m.Replace([segment], made, _truncations))))
            {
                rewrite.TakeBack(made);
                return null;
            }

            environment.Disk.SyncFolder(log.Folder);
            return new RepairReport(_batches, _bytes);
        }
        finally
        {
            rewrite.Drop();
            segment.Release();
        }
    }

    private void Fill(LogSegment segment, long endOffset, CopiedBatches? copies)
    {
        var isCompacted = SegmentScrub.MayEndEarly(log, segment);
        _order = new BatchOrder(segment.BaseOffset, endOffset, log.LeaderEpochs);
        using var own = new BatchStream(segment.LogFile, 0, segment.Size, budget.ReadBufferBytes, budget.OnRead);
        while (true)
        {
            budget.ThrowIfStopped();
            if (own.TryMoveNext())
                TakeWhole(own, copies);
            else if (own.Bad is { } bad)
                FillHole(own, copies ?? throw new ReplicaCopyException($"at byte {bad.Position}: {bad.Reason}"), isCompacted);
            else
                break;
        }

        if (isCompacted && own.Position != segment.Size)
            throw new ReplicaCopyException($"{copies?.From} has compacted the segment differently: what it has does not end where this one does");
        while (!isCompacted && _order.Next < endOffset && copies?.Find(_order.Next) is { } behind && behind.BaseOffset < endOffset)
            TakeOther(behind, copies.From);
    }

    /// <summary>A whole batch stays. If it does not continue those before it, either a compaction has left a gap, or its header is damaged.</summary>
    private void TakeWhole(BatchStream own, CopiedBatches? copies)
    {
        var header = own.Header;
        var fault = _order.Judge(header);
        if (fault is null && (header.BaseOffset == _order.Next || copies is null))
            Write(header, own.Bytes);
        else if (copies?.Find(_order.Next) is { } other && other.Crc == header.Crc && other.SizeInBytes == header.SizeInBytes && !other.Bytes.Span.SequenceEqual(own.Bytes.Span))
            TakeOther(other, copies.From);
        else if (fault is null)
            Write(header, own.Bytes);
        else
            throw new ReplicaCopyException($"at byte {own.Position} {fault}, and {copies?.From} has something else there");
    }

    private void FillHole(BatchStream own, CopiedBatches copies, bool isCompacted)
    {
        RecordBatch? other = null;
        // Behind a compaction's gap the offset is known by the header alone, if that is whole.
        if (isCompacted && own.Header is { IsPlausible: true } there && there.BaseOffset > _order.Next && _order.Judge(there) is null)
        {
            other = copies.Find(there.BaseOffset);
            if (other?.BaseOffset != there.BaseOffset || other?.SizeInBytes != there.SizeInBytes)
                other = null;
        }

        other ??= copies.Find(_order.Next) ?? throw new ReplicaCopyException($"{copies.From} has no committed records from offset {_order.Next} on");
        if (!isCompacted && other.Value.BaseOffset != _order.Next)
            throw new ReplicaCopyException($"{copies.From} has no batch at offset {_order.Next}, its next is at {other.Value.BaseOffset}");
        own.Skip(other.Value.SizeInBytes);
        TakeOther(other.Value, copies.From);
    }

    private void TakeOther(RecordBatch other, string from)
    {
        var header = new BatchHeader(other.Bytes.Span);
        if (_order.Judge(header) is { } fault)
            throw new ReplicaCopyException($"what {from} has does not fit: {fault}");
        _batches++;
        _bytes += header.SizeInBytes;
        Write(header, other.Bytes);
    }

    private void Write(in BatchHeader header, ReadOnlyMemory<byte> bytes)
    {
        _order.Take(header);
        if (ProducerReplay.Take(_producers, header, bytes) is { } aborted)
            _rewrite.Segment.TransactionIndex.Append(aborted);
        _rewrite.Write(bytes.Span);
    }

    /// <summary>The writer does not wait for this thread, so this thread may wait for the writer.</summary>
    private static T Wait<T>(Task<T> task) => task.GetAwaiter().GetResult();
}
