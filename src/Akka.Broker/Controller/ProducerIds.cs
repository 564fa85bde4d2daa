using Akka.Broker.Protocol;

namespace Akka.Broker.Controller;

/// <summary>
/// Producer ids for this broker to give out, from blocks that the controller gives to it. What is left of a block when the broker stops is never used.
/// Any thread.
/// </summary>
public sealed class ProducerIds(ControllerClient controller, MetadataCache metadata, int nodeId)
{
    private readonly SemaphoreSlim _refill = new(1, 1);
    private volatile Block _block = new(0, 0);

    /// <exception cref="ControllerUnavailableException">There is no block to be had now.</exception>
    public async ValueTask<long> NextAsync(CancellationToken cancellation)
    {
        while (true)
        {
            var block = _block;
            if (block.TryTake(out var id))
                return id;
            await _refill.WaitAsync(cancellation).ConfigureAwait(false);
            try
            {
                if (ReferenceEquals(block, _block))
                    _block = await AllocateAsync(cancellation).ConfigureAwait(false);
            }
            finally
            {
                _refill.Release();
            }
        }
    }

    private async Task<Block> AllocateAsync(CancellationToken cancellation)
    {
        var epoch = metadata.Current.Brokers.TryGetValue(nodeId, out var self) ? self.Epoch : -1;
        var block = await controller.AllocateProducerIdsAsync(new AllocateProducerIds(nodeId, epoch), cancellation).ConfigureAwait(false);
        return block.Error == ErrorCode.None
            ? new Block(block.FirstId, block.FirstId + block.Count)
            : throw new ControllerUnavailableException(block.Error, $"The controller gave broker {nodeId} no producer ids.");
    }

    private sealed class Block(long first, long end)
    {
        private long _next = first;

        public bool TryTake(out long id)
        {
            id = Interlocked.Increment(ref _next) - 1;
            return id < end;
        }
    }
}
