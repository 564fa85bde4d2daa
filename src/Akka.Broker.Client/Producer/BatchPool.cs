using Akka.Broker.Protocol.Records;

namespace Akka.Broker.Client.Producing;

/// <summary>Batches that wait for their next use, with their buffers; some are kept, the rest goes. Any thread.</summary>
internal sealed class BatchPool(CompressionType compression, int keptMax)
{
    private readonly Lock _gate = new();
    private readonly Stack<ProducerBatch> _idle = new();

    public ProducerBatch Rent()
    {
        lock (_gate)
        {
            if (_idle.TryPop(out var idle))
                return idle;
        }
        return new ProducerBatch(compression);
    }

    public void Return(ProducerBatch batch)
    {
        batch.Reset();
        lock (_gate)
        {
            if (_idle.Count < keptMax)
            {
                _idle.Push(batch);
                return;
            }
        }
        batch.Dispose();
    }
}
