using Akka.Broker.Simulation.Kernel;
using Akka.Broker.Storage;
using Akka.Broker.Storage.Disks;

namespace Akka.Broker.Simulation.Nodes;

/// <summary>One machine: what outlives its processes. Its process, if one runs, is <see cref="Life"/>.</summary>
internal sealed class SimNode(World world, int id)
{
    public const string Folder = "/data";

    public int Id { get; } = id;

    public NodeClock Clock { get; } = new(world.Events);

    public MemoryDisk Disk { get; set; } = new();

    public QuorumDisk QuorumDisk { get; set; } = new(NewDirectoryId(world.Random));

    /// <summary>A backup of the disk, taken at some time.</summary>
    public MemoryDisk? OldCopy { get; set; }

    public NodeLife? Life { get; set; }

    public long UpSinceUs { get; set; }

    public bool IsUp => Life is { IsAlive: true };

    public LogManagerOptions LogOptions(MemoryDisk disk) => new()
    {
        DataFolders = [Folder],
        NodeId = Id,
        Disk = disk,
        Time = Clock,
        Random = new Random(Id),
        Drive = LogWriterDrive.Inline,
        ConfigOf = world.LogConfigOf,
        CheckpointIntervalMs = World.CheckpointIntervalMs,
        RetentionCheckIntervalMs = long.MaxValue / 4,
    };

    public static Guid NewDirectoryId(Random random)
    {
        var bytes = new byte[16];
        random.NextBytes(bytes);
        return new Guid(bytes);
    }
}
