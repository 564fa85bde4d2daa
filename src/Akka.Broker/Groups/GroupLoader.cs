using Akka.Broker.Coordination;
using Akka.Broker.Coordination.Records;
using Akka.Broker.Partitions;
using Akka.Broker.Protocol.Records;

namespace Akka.Broker.Groups;

/// <summary>What a coordinator found in its partition. The groups are the receiver's alone, their members not restored yet.</summary>
internal sealed record LoadedGroups(IReadOnlyList<Group> Groups, long RecordCount, long MalformedCount, string? FirstProblem, TimeSpan Took);

/// <summary>
/// Reads an offsets partition from its start to where its log ended when this leader took over, waiting for the watermark to get there: what an
/// earlier leader committed may lie above the watermark that this one knows at first. It reads files: call it on a pool thread.
/// </summary>
internal static class GroupLoader
{
    private const int ReadBytes = 4 * 1024 * 1024;

    /// <summary>Null if the leadership ended meanwhile.</summary>
    public static async Task<LoadedGroups?> LoadAsync(LedPartition led, GroupConfig config, TimeProvider time, CancellationToken cancellation)
    {
        var started = time.GetTimestamp();
        var end = led.View.LogEndOffset;
        if (!await HighWatermarkWaiter.WaitAsync(led, end, cancellation).ConfigureAwait(false))
            return null;
        var replay = new GroupReplay(config);
        var offset = led.View.LogStartOffset;
        while (offset < end)
        {
            cancellation.ThrowIfCancellationRequested();
            if (led.IsClosed)
                return null;
            using var records = led.Log.Read(offset, ReadBytes, end, minOneBatch: true);
            // What was there up to the end has been compacted away meanwhile.
            if (records.SizeInBytes == 0)
                break;
            var next = Replay(records.ToArray(), offset, replay);
            if (next == offset)
                throw new InvalidDataException($"{led.Id} has no batch at offset {offset}, though it ends at {end}");
            offset = next;
        }

        return new LoadedGroups(replay.Finish(), replay.RecordCount, replay.MalformedCount, replay.FirstProblem, time.GetElapsedTime(started));
    }

    private static long Replay(ReadOnlyMemory<byte> bytes, long offset, GroupReplay replay)
    {
        while (RecordBatch.TryRead(bytes, out var batch))
        {
            if (batch.NextOffset > offset)
            {
                replay.Apply(batch);
                offset = batch.NextOffset;
            }

            bytes = bytes[batch.SizeInBytes..];
        }

        return offset;
    }
}
