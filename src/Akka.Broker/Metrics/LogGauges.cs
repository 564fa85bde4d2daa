using System.Diagnostics.Metrics;
using System.Globalization;
using Akka.Broker.Nodes;
using Akka.Broker.Storage;

namespace Akka.Broker.Metrics;

/// <summary>How big the logs of a node are and where they stand, by partition; what waits for their writers; the space left. Read off them when somebody collects.</summary>
internal sealed class LogGauges(NodeParts parts, HistogramFamily syncs) : IFigures
{
    public void PublishTo(BrokerMeter meter)
    {
        meter.Histogram(syncs);
        meter.Gauge("akka.broker.log.size", "By", "Bytes of record batches in the log.", () => Each(l => l.SizeInBytes));
        meter.Gauge("akka.broker.log.segments", null, "Segment files of the log.", () => Each(l => l.SegmentCount));
        meter.Gauge("akka.broker.log.start_offset", null, "The first offset of the log.", () => Each(l => l.LogStartOffset));
        meter.Gauge("akka.broker.log.end_offset", null, "The offset that the log's next record gets.", () => Each(l => l.LogEndOffset));
        meter.Gauge("akka.broker.log.high_watermark", null, "Records before this offset are committed.", () => Each(l => l.HighWatermark));
        meter.Gauge("akka.broker.log.queue", null, "Appends and other changes that wait for the data folder's writer.", () => parts.Logs.QueuedWrites
            .Select(f => new Measurement<long>(f.Queued, new KeyValuePair<string, object?>("dir", f.DataFolder))));
        meter.Counter("akka.broker.log.scrub.read", "By", "Bytes that were read to look for damage in closed segments, and to repair it.", () => parts.Logs.Scrubbing.BytesRead);
        meter.Counter("akka.broker.log.scrub.rounds", null, "Times that all closed segments were gone over for damage.", () => parts.Logs.Scrubbing.Rounds);
        meter.Counter("akka.broker.log.scrub.repaired", null, "Damaged segments that were repaired from another replica.", () => parts.Logs.Scrubbing.Repaired);
        meter.Gauge("akka.broker.log.scrub.damaged", null, "Segments that are known to be damaged and are not repaired.", () => parts.Logs.Scrubbing.Damaged.Count);
        meter.Gauge("akka.broker.data_dir.free", "By", "Free space of the disk that the data folder is on.", () => Space(d => d.AvailableFreeSpace));
        meter.Gauge("akka.broker.data_dir.capacity", "By", "Size of the disk that the data folder is on.", () => Space(d => d.TotalSize));
    }

    private IEnumerable<Measurement<long>> Each(Func<PartitionLog, long> value)
    {
        foreach (var log in parts.Logs.All)
        {
            yield return new Measurement<long>(
                value(log), new("topic", log.Id.Topic), new KeyValuePair<string, object?>("partition", log.Id.Partition.ToString(CultureInfo.InvariantCulture)));
        }
    }

    private IEnumerable<Measurement<long>> Space(Func<DriveInfo, long> value)
    {
        foreach (var folder in parts.Settings.DataDirs)
        {
            long bytes;
            try
            {
                bytes = value(new DriveInfo(Path.GetFullPath(folder)));
            }
            catch (Exception gone) when (gone is IOException or UnauthorizedAccessException or ArgumentException)
            {
                // A disk that does not answer has no figure; that its logs have failed is another one.
                continue;
            }

            yield return new Measurement<long>(bytes, new KeyValuePair<string, object?>("dir", folder));
        }
    }
}
