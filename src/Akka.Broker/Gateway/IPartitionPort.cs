using Akka.Broker.Partitions;

namespace Akka.Broker.Gateway;

/// <summary>
/// The gateway's way to the leaders of partitions. Commands of one caller to one partition arrive in the order of the calls. A task completes with null
/// if there was no answer in time: what became of the command is unknown then. Thread-safe.
/// </summary>
public interface IPartitionPort
{
    Task<AppendReply?> AppendAsync(AppendRecords command, TimeSpan timeout);

    Task<DeleteRecordsReply?> DeleteRecordsAsync(DeleteRecordsBefore command, TimeSpan timeout);

    Task<ProducersReply?> GetProducersAsync(GetProducers command, TimeSpan timeout);
}
