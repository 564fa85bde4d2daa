using Akka.Broker.Simulation.Kernel;
using Akka.Broker.Storage;
using Akka.Broker.Storage.Disks;

namespace Akka.Broker.Simulation.Nodes;

/// <summary>One machine: what outlives its processes. Its process, if one runs, is <see cref="Life"/>.</summary>
internal sealed class SimNode(World world, int id)
{
    /// <summary>The folders of which one may die while the node goes on. What keeps the metadata is beside them.</summary>
    public static readonly string[] TwoFolders = ["/data", "/more"];

    public static readonly string[] OneFolder = ["/data"];

    public int Id { get; } = id;

    public NodeClock Clock { get; } = new(world.Events);

    public MemoryDisk Disk { get; set; } = new();

    public QuorumDisk QuorumDisk { get; set; } = new(NewDirectoryId(world.Random));

    /// <summary>Nothing in this data folder can be read or written until the process has ended and somebody has seen to it; null: all are well.</summary>
    public string? DeadFolder { get; set; }

    /// <summary>A backup of the disk, taken at some time.</summary>
    public MemoryDisk? OldCopy { get; set; }

    /// <summary>The same of the quorum's.</summary>
    public QuorumDisk? OldQuorumCopy { get; set; }

    /// <summary>Since its quorum's disk is an old copy: what it may have helped to commit is lost here, until all before this offset is here again. Null: nothing is.</summary>
    public long? LostBefore { get; set; }

    /// <summary>Its quorum's disk is an old copy, and no leader has said yet what is committed.</summary>
    public bool IsUnheard { get; set; }

    /// <summary>Nobody starts it now.</summary>
    public bool IsHeldBack { get; set; }

    public NodeLife? Life { get; set; }

    public long UpSinceUs { get; set; }

    public bool IsUp => Life is { IsAlive: true };

    /// <summary>The disk as the node's process finds it.</summary>
    public IDisk DiskOfProcess => world.Folders.Count == 1 ? Disk : new FaultyDisk(Disk) { Fault = FaultAt, TornWriteBytes = TornWriteBytes };

    public LogManagerOptions LogOptions(IDisk disk) => new()
    {
        DataFolders = world.Folders,
        NodeId = Id,
        Disk = disk,
        Time = Clock,
        Random = new Random(Id),
        Drive = LogWriterDrive.Inline,
        ConfigOf = world.LogConfigOf,
        CheckpointIntervalMs = World.CheckpointIntervalMs,
        RetentionCheckIntervalMs = long.MaxValue / 4,
    };

    /// <summary>Less than a batch's header: a write that failed is not there.</summary>
    private const int TornWriteBytes = 30;

    private IOException? FaultAt(DiskOperation operation, string path) =>
        DeadFolder is { } dead && path.StartsWith(dead, StringComparison.Ordinal) ? new IOException($"The disk of {dead} is dead.") : null;

    public static Guid NewDirectoryId(Random random)
    {
        var bytes = new byte[16];
        random.NextBytes(bytes);
        return new Guid(bytes);
    }
}
