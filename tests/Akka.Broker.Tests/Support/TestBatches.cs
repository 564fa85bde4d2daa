using System.Text;
using Akka.Broker.Protocol;
using Akka.Broker.Protocol.Records;

namespace Akka.Broker.Tests.Support;

/// <summary>Record batches as producers send them.</summary>
internal static class TestBatches
{
    public static Memory<byte> Of(params string[] values) => Of(RecordBatchOptions.Default, values);

    /// <summary>As an idempotent producer sends it.</summary>
    public static Memory<byte> From(long producerId, short epoch, int baseSequence, params string[] values) =>
        Of(new RecordBatchOptions { Producer = new ProducerIdAndEpoch(producerId, epoch), BaseSequence = baseSequence }, values);

    private static byte[] Of(RecordBatchOptions options, string[] values)
    {
        using var builder = new RecordBatchBuilder(options);
        foreach (var value in values)
            builder.Append(1_000, NullableBytes.Null, Encoding.UTF8.GetBytes(value));
        return builder.ToArray();
    }
}
