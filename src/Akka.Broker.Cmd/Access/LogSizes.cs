using Akka.Broker.Cmd.Verbs;
using Akka.Broker.Protocol;
using Akka.Broker.Protocol.Messages;

namespace Akka.Broker.Cmd.Access;

/// <summary>How big the replicas are, as the brokers that hold them say. Brokers that do not answer are named in <see cref="Missing"/>.</summary>
internal sealed class LogSizes
{
    private readonly Dictionary<(int Broker, TopicPartition Partition), long> _bytes = [];

    private LogSizes(IReadOnlyDictionary<int, DescribeLogDirsResponse> folders, IReadOnlyList<string> missing)
    {
        Folders = folders;
        Missing = missing;
        foreach (var (broker, response) in folders)
        {
            foreach (var topic in response.Results.SelectMany(r => r.Topics))
            {
                foreach (var partition in topic.Partitions)
                    _bytes[(broker, new TopicPartition(topic.Name, partition.PartitionIndex))] = partition.PartitionSize;
            }
        }
    }

    public IReadOnlyDictionary<int, DescribeLogDirsResponse> Folders { get; }

    public IReadOnlyList<string> Missing { get; }

    public static async Task<LogSizes> AskAsync(VerbContext context)
    {
        var (answers, missing) = await context.Peers
            .AskAllAsync<DescribeLogDirsRequest, DescribeLogDirsResponse>(context.Peers.Alive, () => new DescribeLogDirsRequest { Topics = null }).ConfigureAwait(false);
        return new LogSizes(answers, missing);
    }

    /// <summary>Of one replica; 0 where it is not known.</summary>
    public long Of(int broker, TopicPartition partition) => _bytes.GetValueOrDefault((broker, partition));

    /// <summary>Of all that a broker holds.</summary>
    public long Of(int broker) => _bytes.Where(b => b.Key.Broker == broker).Sum(b => b.Value);

    /// <summary>Of each partition, by its biggest replica.</summary>
    public IReadOnlyDictionary<TopicPartition, long> ByPartition() => _bytes.GroupBy(b => b.Key.Partition).ToDictionary(g => g.Key, g => g.Max(b => b.Value));
}
