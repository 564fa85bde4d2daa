using System.Runtime.InteropServices;

namespace Akka.Broker.Storage.Compaction;

/// <summary>
/// The newest offset of each key of a log's dirty part, in bounded memory: 24 bytes a slot, open addressing, at most nine slots of ten in use.
/// A key is known by its <see cref="KeyHash"/> alone. It begins small and doubles, such that the old slots and the new ones together keep within the bound.
/// One thread.
/// <para>Invariants: Count ≤ CountMax; an offset that is put is not below the one that it replaces.</para>
/// </summary>
internal sealed class OffsetMap
{
    public const int SlotBytes = 24;
    private const double LoadMax = 0.9;

    private const int SlotsAtFirst = 64 * 1024;

    private readonly KeyHash _hash;
    private readonly long _slotsMax;
    private readonly long _slotsInAll;
    private Slot[] _slots;

    /// <param name="bytesMax">What it may take.</param>
    /// <param name="keysMax">There are no more keys than this, so there is no use for more slots.</param>
    /// <param name="hash">Of keys.</param>
    public OffsetMap(long bytesMax, long keysMax, KeyHash hash)
    {
        _slotsInAll = Math.Clamp(bytesMax / SlotBytes, 2, Array.MaxLength);
        _slotsMax = Math.Min(_slotsInAll, Math.Max(16, (long)(keysMax / LoadMax) + 1));
        _slots = new Slot[Math.Min(_slotsMax, SlotsAtFirst)];
        _hash = hash;
    }

    public int Count { get; private set; }

    /// <summary>Without growing.</summary>
    public int CountMax => Math.Max(1, (int)(_slots.Length * LoadMax));

    public long SizeInBytes => (long)_slots.Length * SlotBytes;

    /// <summary>What lies above it is not in the map, and stays.</summary>
    public long LatestOffset { get; set; } = -1;

    /// <summary>False if the key is new and there is no room.</summary>
    public bool TryPut(ReadOnlySpan<byte> key, long offset)
    {
        var hash = _hash.Of(key);
        ref var slot = ref Find(hash);
        if (slot.OffsetPlusOne == 0)
        {
            if (Count == CountMax)
            {
                if (!TryGrow())
                    return false;
                slot = ref Find(hash);
            }
            Count++;
            slot.Hash = hash;
        }
        slot.OffsetPlusOne = offset + 1;
        return true;
    }

    /// <summary>-1 if the key has no offset here.</summary>
    public long Get(ReadOnlySpan<byte> key) => Find(_hash.Of(key)).OffsetPlusOne - 1;

    private bool TryGrow()
    {
        var old = _slots;
        var length = Math.Min(Math.Min(2L * old.Length, _slotsMax), _slotsInAll - old.Length);
        if (length <= old.Length)
            return false;
        _slots = new Slot[length];
        foreach (ref var slot in old.AsSpan())
        {
            if (slot.OffsetPlusOne > 0)
                Find(slot.Hash) = slot;
        }
        return true;
    }

    private ref Slot Find(UInt128 hash)
    {
        // The high bits choose the slot: a multiplication instead of a division.
        var at = (int)(uint)Math.BigMul((ulong)(hash >> 64), (ulong)_slots.Length, out _);
        while (true)
        {
            ref var slot = ref _slots[at];
            if (slot.OffsetPlusOne == 0 || slot.Hash == hash)
                return ref slot;
            if (++at == _slots.Length)
                at = 0;
        }
    }

    [StructLayout(LayoutKind.Sequential, Pack = 8)]
    private struct Slot
    {
        private ulong _low;
        private ulong _high;
        public long OffsetPlusOne;

        public UInt128 Hash
        {
            readonly get => new(_high, _low);
            set => (_high, _low) = ((ulong)(value >> 64), (ulong)value);
        }
    }
}
