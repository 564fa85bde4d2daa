using Akka.Broker.Protocol.Records;
using Akka.Broker.Replication.Quorum;

namespace Akka.Broker.Replication.Tests.Quorum;

/// <summary>One machine with what its disk keeps over restarts.</summary>
internal sealed class QuorumTestNode(int id, VoterSet firstVoters, int seed)
{
    private int _starts;

    public ReplicaKey Key { get; private set; } = new(id, DirectoryOf(id, 0));

    public int Id => id;

    public MemoryQuorumLog Log { get; private set; } = new();

    public ElectionState? Stored { get; set; }

    public QuorumMachine Machine { get; private set; } = null!;

    public VoterSet FirstVoters { get; set; } = firstVoters;

    public bool IsUp { get; set; }

    /// <summary>The epoch of which it was told that it won; 0: none.</summary>
    public int WonEpoch { get; set; }

    public List<QuorumEffect> Effects { get; } = [];

    public static Guid DirectoryOf(int id, int disk) => new(id, 0, 0, 0, 0, 0, 0, 0, 0, 0, (byte)disk);

    public static VoterSet Voters(params int[] ids) => new(ids.Select(i => new Voter(i, DirectoryOf(i, 0), new VoterEndpoint("BROKER", "localhost", 9000 + i))));

    public QuorumMachine Make(Action<QuorumOptions>? _ = null)
    {
        WonEpoch = 0;
        IsUp = true;
        return Machine = new QuorumMachine(new QuorumOptions { Self = Key }, Log, Stored, FirstVoters, new Random(seed + _starts++));
    }

    public void Wipe(int disk)
    {
        Key = new ReplicaKey(id, DirectoryOf(id, disk));
        Log = new MemoryQuorumLog();
        Stored = null;
        FirstVoters = VoterSet.Empty;
    }

    public (MemoryQuorumLog Log, ElectionState? Stored) CopyDisk() => (Log.Copy(), Stored);

    /// <summary>The disk comes back as it was: of all that happened since, the machine knows nothing.</summary>
    public void PutBack((MemoryQuorumLog Log, ElectionState? Stored) copy) => (Log, Stored) = (copy.Log.Copy(), copy.Stored);

    /// <summary>A batch of one record as the controller would decide it.</summary>
    public byte[] Batch(string text)
    {
        using var builder = new RecordBatchBuilder(new RecordBatchOptions { BaseOffset = Log.EndOffset, PartitionLeaderEpoch = Machine.Epoch });
        builder.Append(0, NullableBytes.Null, System.Text.Encoding.UTF8.GetBytes(text));
        return builder.ToArray();
    }
}
