using System.Collections;

namespace Akka.Cluster.Sharding;

/// <summary>A few distinct items in the order in which they came.</summary>
internal sealed class OrderedDistinct<T> : IEnumerable<T>
{
    private readonly List<T> _items = [];

    public int Count => _items.Count;

    public T this[int index] => _items[index];

    public void Add(T item)
    {
        if (!_items.Contains(item))
        {
            _items.Add(item);
        }
    }

    public void Remove(T item) => _items.Remove(item);

    public void Clear() => _items.Clear();

    public IEnumerator<T> GetEnumerator() => _items.GetEnumerator();

    IEnumerator IEnumerable.GetEnumerator() => GetEnumerator();
}
