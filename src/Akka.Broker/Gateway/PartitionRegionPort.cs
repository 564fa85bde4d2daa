using Akka.Actor;
using Akka.Broker.Metrics;
using Akka.Broker.Partitions;

namespace Akka.Broker.Gateway;

/// <summary>Asks the shard region <c>partition</c>.</summary>
public sealed class PartitionRegionPort(ICanTell region) : IPartitionPort
{
    /// <summary>Where unanswered questions are counted.</summary>
    public InFlight Asks { get; init; } = new();

    public Task<AppendReply?> AppendAsync(AppendRecords command, TimeSpan timeout) => AskAsync<AppendReply>(command, timeout);

    public Task<DeleteRecordsReply?> DeleteRecordsAsync(DeleteRecordsBefore command, TimeSpan timeout) => AskAsync<DeleteRecordsReply>(command, timeout);

    public Task<ProducersReply?> GetProducersAsync(GetProducers command, TimeSpan timeout) => AskAsync<ProducersReply>(command, timeout);

    private async Task<TReply?> AskAsync<TReply>(IPartitionCommand command, TimeSpan timeout) where TReply : class
    {
        Asks.Begin();
        try
        {
            return await region.Ask<TReply>(command, timeout).ConfigureAwait(false);
        }
        catch (AskTimeoutException)
        {
            return null;
        }
        finally
        {
            Asks.End();
        }
    }
}
