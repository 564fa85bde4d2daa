using System.Globalization;

namespace Akka.Configuration.Hocon;

/// <summary>
/// One value of a configuration: text, an array, an object, or null. Immutable; knows where it stands, so that every conversion
/// that fails names path, line, the text seen and what is allowed.
/// </summary>
public class HoconValue
{
    private HoconValue(HoconOrigin origin) => Origin = origin;

    internal HoconOrigin Origin { get; }

    internal string? Text { get; private init; }

    internal List<HoconValue>? Array { get; private init; }

    internal HoconObject? Object { get; private init; }

    internal bool IsNull => Text is null && Array is null && Object is null;

    /// <summary>True of null and of an object without keys.</summary>
    public bool IsEmpty => Object is { } value ? value.Items.Count == 0 : Text is null && Array is null;

    internal static HoconValue OfText(string text, HoconOrigin origin) => new(origin) { Text = text };

    internal static HoconValue OfArray(List<HoconValue> items, HoconOrigin origin) => new(origin) { Array = items };

    internal static HoconValue OfObject(HoconObject value, HoconOrigin origin) => new(origin) { Object = value };

    internal static HoconValue OfNull(HoconOrigin origin) => new(origin);

    public bool IsString() => Text is not null;

    /// <summary>True of an array and of an object whose keys are all numbers, which reads as one in their order.</summary>
    public bool IsArray() => Array is not null || NumberedItems() is not null;

    public bool IsObject() => Object is not null;

    public HoconObject GetObject() => Object!;

    public HoconValue GetChildObject(string key) => Object?.GetKey(key)!;

    /// <summary>The text, null for arrays, objects and null.</summary>
    public string GetString() => Text!;

    public IList<HoconValue> GetArray() => Array ?? NumberedItems()
        ?? throw new FormatException($"{Origin} must be a list, but is {Kind()}");

    public int GetInt() => int.TryParse(Text, NumberStyles.Integer, CultureInfo.InvariantCulture, out var number)
        ? number
        : throw Unfit("a whole number from -2147483648 to 2147483647");

    public long GetLong() => long.TryParse(Text, NumberStyles.Integer, CultureInfo.InvariantCulture, out var number)
        ? number
        : throw Unfit("a whole number");

    public byte GetByte() => byte.TryParse(Text, NumberStyles.Integer, CultureInfo.InvariantCulture, out var number)
        ? number
        : throw Unfit("a whole number from 0 to 255");

    public double GetDouble() => double.TryParse(Text, NumberStyles.Float, CultureInfo.InvariantCulture, out var number)
        ? number
        : throw Unfit("a number");

    public float GetFloat() => float.TryParse(Text, NumberStyles.Float, CultureInfo.InvariantCulture, out var number)
        ? number
        : throw Unfit("a number");

    public decimal GetDecimal() => decimal.TryParse(Text, NumberStyles.Float, CultureInfo.InvariantCulture, out var number)
        ? number
        : throw Unfit("a number");

    public bool GetBoolean() => Text switch
    {
        "on" or "true" or "yes" => true,
        "off" or "false" or "no" => false,
        _ => throw new NotSupportedException($"{Origin} must be on, off, true, false, yes or no, but is {Kind()}"),
    };

    public TimeSpan GetTimeSpan(bool allowInfinite = true)
    {
        if (allowInfinite && Text == "infinite")
        {
            return Timeout.InfiniteTimeSpan;
        }

        return Text is not null && HoconUnits.TryDuration(Text, out var duration)
            ? duration
            : throw Unfit($"a duration such as 200ms, 5s, 1 minute or 2h{(allowInfinite ? ", or infinite" : "")}");
    }

    public long? GetByteSize() => Text is not null && HoconUnits.TrySize(Text, out var bytes)
        ? bytes
        : throw Unfit("a size such as 512, 128k, 4MiB or 1GB");

    public IList<string> GetStringList() => List(static item => item.Text ?? throw item.Unfit("text"));

    public IList<int> GetIntList() => List(static item => item.GetInt());

    public IList<long> GetLongList() => List(static item => item.GetLong());

    public IList<bool> GetBooleanList() => List(static item => item.GetBoolean());

    public IList<double> GetDoubleList() => List(static item => item.GetDouble());

    /// <summary>A configuration whose only key is <paramref name="key"/> with this value.</summary>
    public Config AtKey(string key)
    {
        var root = new HoconObject();
        root.Items[key] = this;
        return new Config(OfObject(root, Origin));
    }

    public Config ToConfig() => new(this);

    public override string ToString() => ToString(0);

    public virtual string ToString(int indent) => HoconRenderer.Value(this, indent);

    internal object? Unwrap() =>
        Text ?? (object?)Array?.Select(item => item.Unwrap()).ToList() ?? Object?.Unwrapped;

    private List<T> List<T>(Func<HoconValue, T> convert)
    {
        var items = GetArray();
        var list = new List<T>(items.Count);
        foreach (var item in items)
        {
            list.Add(convert(item));
        }

        return list;
    }

    private List<HoconValue>? NumberedItems()
    {
        if (Object is not { Items.Count: > 0 } value)
        {
            return null;
        }

        var numbered = new SortedList<int, HoconValue>(value.Items.Count);
        foreach (var (key, item) in value.Items)
        {
            if (!int.TryParse(key, NumberStyles.None, CultureInfo.InvariantCulture, out var index))
            {
                return null;
            }

            numbered[index] = item;
        }

        return [.. numbered.Values];
    }

    private FormatException Unfit(string allowed) => new($"{Origin} must be {allowed}, but is {Kind()}");

    private string Kind() => Text is not null ? $"'{Text}'" : Array is not null ? "a list" : Object is not null ? "an object" : "null";
}
