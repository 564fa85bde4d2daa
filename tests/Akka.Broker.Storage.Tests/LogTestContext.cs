using Akka.Broker.Protocol;
using Akka.Broker.Storage.Compaction;
using Akka.Broker.Storage.Disks;
using Akka.Broker.Storage.Scrubbing;

namespace Akka.Broker.Storage.Tests;

/// <summary>A log manager over a disk in memory, with a clock that stands. The writer does at once what it is asked for, unless a test drains it.</summary>
internal sealed class LogTestContext : IDisposable
{
    public const string Folder = "/data";
    public static readonly TopicIdPartition Partition = new(new Guid("11112222-3333-4444-5555-666677778888"), "topic", 0);

    private LogManager? _manager;

    public LogTestContext(LogConfig? config = null, MemoryDisk? disk = null, LogWriterDrive drive = LogWriterDrive.Inline, int seed = 1)
    {
        Config = config ?? LogConfig.Default;
        Memory = disk ?? new MemoryDisk(() => Time.NowMs);
        Disk = Memory;
        Drive = drive;
        Seed = seed;
    }

    public LogConfig Config { get; set; }

    public MemoryDisk Memory { get; private set; }

    /// <summary>What the next manager is opened on.</summary>
    public IDisk Disk { get; set; }

    public LogWriterDrive Drive { get; }

    public int Seed { get; }

    public LogCleanerOptions Cleaner { get; init; } = new();

    public LogScrubberOptions Scrubber { get; init; } = new();

    public long ReserveBytes { get; init; }

    public ManualTime Time { get; } = new();

    public List<LogEvent> Events { get; } = [];

    public LogManager Manager => _manager ??= OpenManager();

    public PartitionLog Log => Manager.GetOrCreate(Partition, Config);

    public string LogFolder => $"{Folder}/{Partition}";

    public LogManager OpenManager(params string[] folders) => LogManager.Open(Options(folders));

    public LogManagerOptions Options(params string[] folders) => new()
    {
        DataFolders = folders.Length == 0 ? [Folder] : folders,
        NodeId = 1,
        Disk = Disk,
        Time = Time,
        Random = new Random(Seed),
        ConfigOf = _ => Config,
        OnEvent = Events.Add,
        Drive = Drive,
        Cleaner = Cleaner,
        Scrubber = Scrubber,
        ReserveBytes = ReserveBytes,
    };

    /// <summary>The process is killed: what was written stays.</summary>
    public PartitionLog Kill()
    {
        Restart(Memory.Copy());
        return Log;
    }

    /// <summary>The machine is lost: what was not synced may be gone.</summary>
    public PartitionLog Crash(Random random)
    {
        Restart(Memory.Crash(random));
        return Log;
    }

    public PartitionLog StopAndStart()
    {
        Manager.CloseCleanlyAsync().GetAwaiter().GetResult();
        Restart(Memory.Copy());
        return Log;
    }

    public void Restart(MemoryDisk disk)
    {
        _manager?.Dispose();
        _manager = null;
        Memory = disk;
        Disk = disk;
    }

    public void Dispose() => _manager?.Dispose();
}
