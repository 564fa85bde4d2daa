using Akka.Broker.Protocol.Records;
using Akka.Broker.Replication.Quorum;
using Akka.Broker.Simulation.Nodes;

namespace Akka.Broker.Simulation.Faults;

/// <summary>
/// Leads three voters to where Raft forbids to count records of earlier epochs:
/// <code>
///   A is elected, and cut off with its first record        A: 1      B: -      C: -
///   B is elected, and cut off with its first record        A: 1      B: 2      C: -       A is back
///   A is elected, C takes the first record, not the third  A: 1 3    B: 2      C: 1       A is killed, B is back
///   B is elected: 1 was never committed                    A: 1 3    B: 2 4    C: 2 4
/// </code>
/// Whatever comes otherwise ends it, and so does time.
/// </summary>
internal sealed class InterleavedEpochs(World world, ProcessFaults processes)
{
    private const int PatienceMs = 2500;
    private const int StrikeAfterUs = 2000;
    private const int HoldUs = 400_000;

    private readonly List<int> _cutOff = [];
    private int _first;
    private int _second;
    private int _thirdEpoch;
    private int _run;

    public bool IsUnderWay { get; private set; }

    /// <summary>False: it has nothing to do with it.</summary>
    public bool OnElected(NodeLife life)
    {
        var machine = life.Quorum.Machine;
        if (!IsUnderWay)
        {
            if (machine.Voters.Count != 3 || !machine.Voters.All.All(v => world.Node(v.Id).IsUp))
                return false;
            (IsUnderWay, _first, _second, _thirdEpoch) = (true, life.Id, -1, -1);
            var run = ++_run;
            world.Events.After(PatienceMs * 1000L, () => End(run));
            CutOff(life.Id);
        }
        else if (_second < 0 && life.Id != _first)
        {
            _second = life.Id;
            CutOff(life.Id);
            Return(_first);
        }
        else if (_second >= 0 && _thirdEpoch < 0 && life.Id == _first)
        {
            _thirdEpoch = machine.Epoch;
        }
        else
        {
            End(_run);
        }
        return true;
    }

    /// <summary>The third leader's own record does not get to whoever has just taken the first one's, and the leader ends.</summary>
    public long Hold(object message)
    {
        if (_thirdEpoch < 0 || message is not FetchReply reply || reply.From != _first || !RecordBatch.TryRead(reply.Records, out var batch) || batch.PartitionLeaderEpoch != _thirdEpoch)
            return 0;
        if (IsUnderWay)
            world.Events.After(StrikeAfterUs, Strike);
        return HoldUs;
    }

    private void Strike()
    {
        if (!IsUnderWay || world.IsHealing)
            return;
        world.Faults.Count(FaultKind.EpochsInterleaved);
        processes.Kill(world.Node(_first), HoldUs / 1000);
        End(_run);
    }

    private void CutOff(int node)
    {
        _cutOff.Add(node);
        world.Network.Confine(node, node);
        world.Trace.Say($"n{node} is cut off with the record that its epoch begins with");
    }

    private void Return(int node)
    {
        _cutOff.Remove(node);
        world.Network.Release(node);
    }

    private void End(int run)
    {
        if (run != _run || !IsUnderWay)
            return;
        (IsUnderWay, _thirdEpoch) = (false, -1);
        _cutOff.ForEach(world.Network.Release);
        _cutOff.Clear();
    }
}
