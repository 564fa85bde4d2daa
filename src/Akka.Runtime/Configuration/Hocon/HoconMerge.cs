namespace Akka.Configuration.Hocon;

/// <summary>Objects merge key by key; of anything else the one on top wins whole.</summary>
internal static class HoconMerge
{
    public static HoconValue Over(HoconValue top, HoconValue bottom)
    {
        if (top.Object is null || bottom.Object is null)
        {
            return top;
        }

        var merged = new HoconObject();
        foreach (var (key, value) in bottom.Object.Items)
        {
            merged.Items[key] = value;
        }

        foreach (var (key, value) in top.Object.Items)
        {
            merged.Items[key] = merged.Items.TryGetValue(key, out var below) ? Over(value, below) : value;
        }

        return HoconValue.OfObject(merged, top.Origin);
    }
}
