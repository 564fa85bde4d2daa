using Akka.Broker.Protocol;
using Akka.Broker.Protocol.Messages;
using Akka.Broker.Storage;
using Folder = Akka.Broker.Protocol.Messages.DescribeLogDirsResponse.DescribeLogDirsResult;

namespace Akka.Broker.Gateway.Handlers;

/// <summary>The data folders of this node with the sizes of the logs in them (KIP-113) and of their volumes (KIP-827). One whose disk has failed is KAFKA_STORAGE_ERROR.</summary>
public sealed class DescribeLogDirsHandler(LogManager logs, IReadOnlyList<string> dataFolders) : RequestHandler<DescribeLogDirsRequest, DescribeLogDirsResponse>
{
    public override (short Min, short Max) Versions => (1, 5);

    public override ValueTask<DescribeLogDirsResponse> HandleAsync(DescribeLogDirsRequest request, RequestContext context, CancellationToken connectionClosed)
    {
        var asked = request.Topics is null
            ? null
            : request.Topics.SelectMany(t => t.Partitions.Select(p => new TopicPartition(t.Topic, p))).ToHashSet();
        var byFolder = logs.All.Where(l => asked is null || asked.Contains(l.Id.TopicPartition)).ToLookup(l => Path.GetFullPath(l.DataFolder));
        var response = new DescribeLogDirsResponse();
        foreach (var folder in dataFolders)
            response.Results.Add(Describe(Path.GetFullPath(folder), byFolder[Path.GetFullPath(folder)]));
        foreach (var state in logs.Folders.Where(f => f.IsOffline))
        {
            // Nothing is known of what is in it, as in Kafka's answer.
            if (response.Results.Find(r => r.LogDir == Path.GetFullPath(state.Path)) is { } offline)
                (offline.ErrorCode, offline.TotalBytes, offline.UsableBytes, offline.Topics) = (ErrorCode.KafkaStorageError, -1, -1, []);
        }
        return new(response);
    }

    private static Folder Describe(string folder, IEnumerable<PartitionLog> logs)
    {
        var (total, usable) = VolumeOf(folder);
        var result = new Folder { LogDir = folder, TotalBytes = total, UsableBytes = usable };
        foreach (var topic in logs.GroupBy(l => l.Id.Topic).OrderBy(g => g.Key, StringComparer.Ordinal))
        {
            var entry = new DescribeLogDirsResponse.DescribeLogDirsTopic { Name = topic.Key };
            foreach (var log in topic.OrderBy(l => l.Id.Partition))
            {
                entry.Partitions.Add(new()
                {
                    PartitionIndex = log.Id.Partition,
                    PartitionSize = log.SizeInBytes,
                    OffsetLag = Math.Max(0, log.HighWatermark - log.LogEndOffset),
                });
            }
            result.Topics.Add(entry);
        }
        return result;
    }

    private static (long Total, long Usable) VolumeOf(string folder)
    {
        try
        {
            var volume = new DriveInfo(folder);
            return (volume.TotalSize, volume.AvailableFreeSpace);
        }
        catch (Exception cause) when (cause is IOException or UnauthorizedAccessException or ArgumentException)
        {
            return (-1, -1);
        }
    }
}
