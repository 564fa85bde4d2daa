using Akka.Broker.Replication.Quorum;
using Akka.Broker.Simulation.Checks;
using Akka.Broker.Simulation.Faults;
using Akka.Broker.Simulation.Kernel;
using Akka.Broker.Simulation.Nodes;
using Akka.Broker.Storage.Disks;

namespace Akka.Broker.Simulation;

/// <summary>Starts and ends nodes, and does to their disks what machines do to disks; the ledgers are told what is lost by it.</summary>
internal sealed class Cluster
{
    private readonly World _world;
    private readonly VoterSet _firstVoters;

    public Cluster(World world, int nodes, int voters)
    {
        _world = world;
        for (var id = 1; id <= nodes; id++)
            world.Nodes.Add(new SimNode(world, id));
        _firstVoters = new VoterSet(world.Nodes.Take(voters).Select(n => new Voter(n.Id, n.QuorumDisk.DirectoryId)));
    }

    public void Start(SimNode node)
    {
        if (node.IsUp || node.IsHeldBack)
            return;
        _world.Trace.Say($"n{node.Id} starts");
        node.DeadFolder = null;
        var life = new NodeLife(_world, node, _firstVoters);
        node.Life = life;
        node.UpSinceUs = _world.Events.NowUs;
        if (life.Logs.Offline.Count > 0)
            throw new InvariantBrokenException($"n{node.Id}: logs cannot be opened: {string.Join("; ", life.Logs.Offline.Select(o => $"{o.Key}: {o.Value.Message}"))}");
        foreach (var log in life.Logs.All)
        {
            if (log.Id.TopicId == Guid.Empty && log.LogEndOffset > 0)
                throw new InvariantBrokenException($"n{node.Id}: {log.Id} has records up to {log.LogEndOffset} and no topic id");
            var end = log.Id.TopicId == Guid.Empty ? 0 : _world.LedgerOf(log.Id).ReplicaOf(node.Id).End;
            if (log.LogEndOffset != end)
                throw new InvariantBrokenException($"n{node.Id}: {log.Id} was opened with its end at {log.LogEndOffset}; what was written ends at {end}");
        }
        life.Start();
    }

    /// <summary>kill -9: what was written stays.</summary>
    public void Kill(SimNode node)
    {
        _world.Trace.Say($"n{node.Id} is killed");
        node.Life?.End();
        node.QuorumDisk.Kill();
        OnStopped(node);
    }

    /// <summary>One of its data folders dies, and the node goes on with the other.</summary>
    public void BreakFolder(SimNode node, string folder)
    {
        _world.Trace.Say($"n{node.Id}: {folder} dies");
        node.DeadFolder = folder;
    }

    /// <summary>The power goes: what was not synced may be gone, in part or torn.</summary>
    public void Crash(SimNode node, bool flipsBits)
    {
        _world.Trace.Say($"n{node.Id} crashes");
        node.Life?.End();
        var random = new Random(_world.Random.Next());
        LoseUnsynced(node, random, flipsBits, () => node.QuorumDisk.Crash(random));
    }

    /// <summary>The same, and synced records of its metadata log rot meanwhile. What it had helped to commit is lost here until it has all again. False: it has none that could.</summary>
    public bool CrashAndRot(SimNode node)
    {
        var synced = node.QuorumDisk.SyncedEnd;
        Crash(node, flipsBits: false);
        if (!node.QuorumDisk.TryRot(_world.Random, synced, isOwed: !_world.Has(Mutation.RotNotOwed)))
            return false;
        node.LostBefore = synced.Offset;
        _world.Faults.Count(FaultKind.MetadataRotted);
        _world.Trace.Say($"n{node.Id}'s metadata log rots: it was synced up to {synced}, and ends at {node.QuorumDisk.Log.EndOffset}");
        return true;
    }

    private void LoseUnsynced(SimNode node, Random random, bool flipsBits, Action andThen)
    {
        node.Disk = node.Disk.Crash(random);
        andThen();
        var isFlipped = flipsBits && random.Next(2) == 0 && TryFlipBit(node, random);
        var contents = DiskContents.Of(node, node.Disk);
        if (contents.IsTorn && !isFlipped)
            _world.Faults.Count(FaultKind.TornWrite);
        foreach (var (ledger, found) in Match(node, contents))
            ledger.OnCrashed(node.Id, found, isFlipped);
    }

    /// <summary>The process has ended. What a dead folder had not synced is gone: to put it right the machine was switched off.</summary>
    public void OnStopped(SimNode node)
    {
        if (node.DeadFolder is null)
            node.Disk = node.Disk.Copy();
        else
            LoseUnsynced(node, new Random(_world.Random.Next()), flipsBits: false, () => { });
    }

    /// <summary>Whether a majority of voters is left that has lost nothing, if this disk goes, whatever set of voters counts.</summary>
    public bool MayLoseVoter(SimNode node)
    {
        var sets = _world.Nodes.Where(n => n.Life is not null).Select(n => n.Life!.Quorum.Machine.Voters).ToList();
        return sets.TrueForAll(voters =>
            !voters.ContainsNode(node.Id)
            || _world.Nodes.Count(n => n != node && IsIntact(n, voters)) >= voters.Majority);
    }

    /// <summary>How many of the voters have the disks that they are known by, with all that was ever on them.</summary>
    public int CountIntact(VoterSet voters) => _world.Nodes.Count(n => IsIntact(n, voters));

    /// <summary>An empty disk comes in the place of the old one.</summary>
    public void Wipe(SimNode node)
    {
        _world.Trace.Say($"n{node.Id} loses its disk");
        node.Life?.End();
        node.Disk = new MemoryDisk();
        if (_world.Nodes.Exists(n => n.Life?.Quorum.Machine.Voters.Contains(new ReplicaKey(node.Id, node.QuorumDisk.DirectoryId)) == true))
            _world.Faults.Count(FaultKind.VoterWiped);
        node.QuorumDisk = new QuorumDisk(_world.Has(Mutation.KeepWipedDirectoryId) ? node.QuorumDisk.DirectoryId : SimNode.NewDirectoryId(_world.Random));
        (node.OldCopy, node.OldQuorumCopy, node.LostBefore, node.IsUnheard) = (null, null, null, false);
        foreach (var ledger in _world.Ledgers)
            ledger.OnDiskReplaced(node.Id, []);
    }

    /// <summary>A backup of both disks, of a running node or a stopped one.</summary>
    public void TakeCopy(SimNode node)
    {
        if (node.DeadFolder is not null)
            return;
        _world.Trace.Say($"n{node.Id}'s disk is backed up");
        node.OldCopy = node.Disk.Copy();
        node.OldQuorumCopy = node.QuorumDisk.Copy();
    }

    /// <summary>The partitions' backup comes back. The quorum's disk is another one.</summary>
    public void PutOldCopy(SimNode node)
    {
        _world.Trace.Say($"n{node.Id} gets an old copy of its disk");
        node.Life?.End();
        node.QuorumDisk.Kill();
        node.Disk = node.OldCopy!.Copy();
        foreach (var (ledger, found) in Match(node, DiskContents.Of(node, node.Disk)))
            ledger.OnDiskReplaced(node.Id, found);
    }

    /// <summary>
    /// The quorum's backup comes back, under the directory id that it had: its log ends earlier, and votes are forgotten. What it had helped to commit is lost until it has
    /// caught up. It does not start before somebody lets it.
    /// </summary>
    public void PutOldQuorumCopy(SimNode node)
    {
        var copy = node.OldQuorumCopy!.Copy();
        _world.Trace.Say($"n{node.Id} gets an old copy of its metadata disk: its log ended at {node.QuorumDisk.Log.EndOffset}, and ends at {copy.Log.EndOffset}");
        node.Life?.End();
        OnStopped(node);
        node.QuorumDisk = copy;
        (node.LostBefore, node.IsUnheard, node.IsHeldBack) = (long.MaxValue, true, true);
    }

    private static bool IsIntact(SimNode node, VoterSet voters) =>
        node.LostBefore is null && voters.Contains(new ReplicaKey(node.Id, node.QuorumDisk.DirectoryId));

    /// <summary>What was found of each partition.</summary>
    private List<(PartitionLedger Ledger, IReadOnlyList<LedgerBatch> Found)> Match(SimNode node, DiskContents contents)
    {
        var found = contents.Logs.Values.ToDictionary(l => _world.LedgerOf(l.Id), l => (IReadOnlyList<LedgerBatch>)l.Batches);
        return [.. _world.Ledgers.Select(l => (l, found.GetValueOrDefault(l, [])))];
    }

    /// <summary>A bit near the end of a log is wrong; only where recovery looks, since what lies before the recovery point is read when it is wanted.</summary>
    private bool TryFlipBit(SimNode node, Random random)
    {
        var disk = node.Disk.Copy();
        var files = DiskContents.LogFilesOn(disk).Where(f => disk.FileLength(f) > 0).ToList();
        if (files.Count == 0)
            return false;
        var path = files[random.Next(files.Count)];
        var bytes = disk.ReadAll(path);
        var at = bytes.Length - 1 - random.Next(Math.Min(bytes.Length, 300));
        var before = DiskContents.Of(node, disk);
        bytes[at] ^= (byte)(1 << random.Next(8));
        disk.WriteAll(path, bytes);
        // What lies before the recovery point is not looked at by a start, and the epoch of a batch lies outside its checksum.
        if (DiskContents.TryRead(node, disk) is not { IsSound: true } after || !after.IsPartOf(before))
            return false;
        node.Disk = disk.Copy();
        _world.Faults.Count(FaultKind.BitFlippedOnDisk);
        _world.Trace.Say($"n{node.Id}: a bit of {path} is flipped at {at}");
        return true;
    }
}
