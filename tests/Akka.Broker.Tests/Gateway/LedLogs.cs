using Akka.Actor;
using Akka.Broker.Controller;
using Akka.Broker.Partitions;
using Akka.Broker.Protocol.Records;
using Akka.Broker.Storage;

namespace Akka.Broker.Tests.Gateway;

/// <summary>Logs in a temporary folder, led by the test: it appends and publishes what leaders would.</summary>
internal sealed class LedLogs : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("gateway-spec-").FullName;
    private readonly MetadataCache _metadata;

    public LedLogs(MetadataCache metadata, LogConfig? config = null)
    {
        _metadata = metadata;
        Config = config ?? LogConfig.Default;
        Logs = LogManager.Open(new LogManagerOptions
        {
            DataFolders = [_folder],
            NodeId = TestTopics.ThisNode,
            Time = new ManualTime(),
            Random = new Random(1),
            Drive = LogWriterDrive.Inline,
        });
    }

    public LogConfig Config { get; }

    public LogManager Logs { get; }

    public string Folder => _folder;

    public LedPartitions Led { get; } = new();

    /// <summary>Makes the partition's log and registers its leader.</summary>
    public LedPartition Lead(string topic, int partition = 0, IActorRef? owner = null)
    {
        var image = _metadata.Current.Topics[topic];
        var log = Logs.GetOrCreate(image.IdOf(partition), Config);
        log.AssignEpochAsync(log.TakeOver(), image.Partitions[partition].LeaderEpoch).GetAwaiter().GetResult();
        var led = new LedPartition(log.Id, log, new PartitionView(image.Partitions[partition].LeaderEpoch, 0, 0, 0, 0))
        {
            Owner = owner ?? ActorRefs.Nobody,
        };
        Led.Register(led);
        return led;
    }

    /// <summary>Appends one batch and, unless told otherwise, publishes it as committed. Returns the batch as it is stored.</summary>
    public static byte[] Append(LedPartition led, int records = 1, int valueBytes = 10, bool publish = true, RecordBatchOptions? options = null)
    {
        var batch = TestTopics.Batch(records, valueBytes, options);
        RecordBatch.Assign(batch, led.Log.LogEndOffset, led.View.LeaderEpoch);
        var result = led.Log.AppendAsync(led.Log.TakeOver(), batch).GetAwaiter().GetResult();
        Assert.True(result.IsAppended);
        if (publish)
            Publish(led, led.Log.LogEndOffset);
        return batch;
    }

    public static void Publish(LedPartition led, long highWatermark, long? lastStableOffset = null) =>
        led.Publish(led.View with
        {
            LogStartOffset = led.Log.LogStartOffset,
            LastStableOffset = lastStableOffset ?? highWatermark,
            HighWatermark = highWatermark,
            LogEndOffset = led.Log.LogEndOffset,
        });

    public void Dispose()
    {
        Logs.Dispose();
        Directory.Delete(_folder, recursive: true);
    }
}
