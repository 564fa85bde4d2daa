using Akka.Broker.Protocol;
using Akka.Broker.Simulation.Kernel;

namespace Akka.Broker.Simulation.Checks;

/// <summary>
/// What consumer groups have been told.
/// <para>
/// Invariants: within a generation a partition has one owner; no commit of a generation is taken that was sent after a newer one had its assignment; who
/// reads a committed offset reads no older one than what was acknowledged before it asked.
/// </para>
/// </summary>
internal sealed class GroupLedger(CheckCounters counters)
{
    private readonly Dictionary<(string Group, int Generation, TopicPartition Partition), string> _owners = [];
    private readonly Dictionary<string, int> _newest = [];
    private readonly Dictionary<(string Group, TopicPartition Partition), long> _committed = [];
    private readonly Dictionary<string, int> _topicEras = [];
    private int _era;

    /// <summary>Rises when what was told of the topic's offsets before is forgotten.</summary>
    public int EraOf(string topic) => _era + _topicEras.GetValueOrDefault(topic);

    public int NewestGeneration(string group) => _newest.GetValueOrDefault(group, -1);

    public long CommittedOf(string group, TopicPartition partition) => _committed.GetValueOrDefault((group, partition), -1);

    public void OnAssigned(string group, int generation, string member, IEnumerable<TopicPartition> partitions)
    {
        _newest[group] = Math.Max(NewestGeneration(group), generation);
        foreach (var partition in partitions)
        {
            counters.Generations++;
            if (!_owners.TryAdd((group, generation, partition), member) && _owners[(group, generation, partition)] != member)
                throw new InvariantBrokenException($"group {group}, generation {generation}: {partition} is {member}'s and {_owners[(group, generation, partition)]}'s");
        }
    }

    /// <param name="group">Whose.</param>
    /// <param name="generation">In which it was sent.</param>
    /// <param name="newestWhenSent">The newest generation that anybody had its assignment of then.</param>
    /// <param name="partition">Of what.</param>
    /// <param name="offset">What was committed.</param>
    public void OnCommitted(string group, int generation, int newestWhenSent, TopicPartition partition, long offset)
    {
        counters.OffsetsCommitted++;
        if (newestWhenSent > generation)
            throw new InvariantBrokenException($"group {group}: a commit of generation {generation} was taken when {newestWhenSent} had its assignment");
        _committed[(group, partition)] = Math.Max(CommittedOf(group, partition), offset);
    }

    public void OnFetched(string group, TopicPartition partition, long committedWhenAsked, long offset)
    {
        counters.ClientViews++;
        if (offset < committedWhenAsked)
            throw new InvariantBrokenException($"group {group}: the offset of {partition} is {offset}, after {committedWhenAsked} was committed");
    }

    /// <summary>A coordinator lets the offsets of a topic go that was deleted.</summary>
    public void ForgetTopic(string topic)
    {
        _topicEras[topic] = _topicEras.GetValueOrDefault(topic) + 1;
        foreach (var known in _committed.Keys.Where(k => k.Partition.Topic == topic).ToList())
            _committed.Remove(known);
    }

    /// <summary>The offsets partition has lost what more disks held than may be lost: nothing that was stored there counts any more.</summary>
    public void Forget()
    {
        _era++;
        _owners.Clear();
        _newest.Clear();
        _committed.Clear();
    }
}
