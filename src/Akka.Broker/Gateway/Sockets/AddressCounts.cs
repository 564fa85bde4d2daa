using System.Net;

namespace Akka.Broker.Gateway.Sockets;

/// <summary>
/// How many connections each address has open, no more than allowed. Costs nothing where there is no limit. Thread-safe.
/// <para>Invariants: an address is in here exactly while it has a connection; no count is above the limit.</para>
/// </summary>
internal sealed class AddressCounts(int max)
{
    private readonly Lock _gate = new();
    private readonly Dictionary<IPAddress, int> _counts = [];

    /// <summary>False if the address has as many as it may.</summary>
    public bool TryEnter(IPAddress address)
    {
        if (max == int.MaxValue)
            return true;
        lock (_gate)
        {
            var count = _counts.GetValueOrDefault(address);
            if (count >= max)
                return false;
            _counts[address] = count + 1;
            return true;
        }
    }

    /// <summary>One that <see cref="TryEnter"/> has let in is closed.</summary>
    public void Leave(IPAddress address)
    {
        if (max == int.MaxValue)
            return;
        lock (_gate)
        {
            var count = _counts[address] - 1;
            Invariant.Check(count >= 0);
            if (count == 0)
                _counts.Remove(address);
            else
                _counts[address] = count;
        }
    }
}
