using System.Diagnostics.CodeAnalysis;
using Akka.Configuration.Hocon;

namespace Akka.Configuration;

/// <summary>
/// An immutable tree of settings, with another to fall back on. Keys are dotted paths; a segment with dots in it is quoted:
/// <c>akka.actor.deployment."/a.b".router</c>. A missing key answers the default; a value that does not fit is an exception
/// that names key and line. Merging happens once, in <see cref="WithFallback"/>; lookups only walk the tree. Safe for any thread.
/// </summary>
public class Config
{
    public static readonly Config Empty = new();

    private readonly HoconValue _own;
    private readonly HoconValue _merged;

    public Config()
        : this(HoconValue.OfObject(new HoconObject(), default))
    {
    }

    public Config(HoconRoot root)
        : this(root.Value)
    {
    }

    public Config(Config source, Config? fallback)
    {
        ArgumentNullException.ThrowIfNull(source);
        _own = source._own;
        Fallback = fallback!;
        _merged = fallback is null ? _own : HoconMerge.Over(_own, fallback._merged);
    }

    internal Config(HoconValue own)
    {
        _own = own;
        _merged = own;
        Fallback = null!;
    }

    /// <summary>What is asked when this configuration lacks a key; null for none.</summary>
    public Config Fallback { get; }

    /// <summary>The whole tree, fallbacks included.</summary>
    public virtual HoconValue Root => _merged;

    public virtual bool IsEmpty => _merged.IsEmpty;

    [return: NotNullIfNotNull(nameof(str))]
    public static implicit operator Config?(string? str) => str is null ? null : ConfigurationFactory.ParseString(str);

    public static Config operator +(Config config, string fallback) => config.WithFallback(ConfigurationFactory.ParseString(fallback));

    public static Config operator +(string configHocon, Config fallbackConfig) =>
        ConfigurationFactory.ParseString(configHocon).WithFallback(fallbackConfig);

    /// <summary>This configuration, and behind all that it already falls back on, <paramref name="fallback"/>.</summary>
    public virtual Config WithFallback(Config? fallback)
    {
        if (fallback is null || fallback.IsEmpty || ReferenceEquals(fallback, this))
        {
            return this;
        }

        if (IsEmpty)
        {
            return fallback;
        }

        return new Config(this, Fallback is null ? fallback : Fallback.WithFallback(fallback));
    }

    public virtual bool HasPath(string path) => Find(path) is not null;

    /// <summary>The value at a path, null when there is none.</summary>
    public HoconValue GetValue(string path) => Find(path)!;

    /// <summary>The section at a path, null when there is none.</summary>
    public virtual Config GetConfig(string path) => Find(path) is { } value ? new Config(value) : null!;

    [SuppressMessage("Naming", "CA1716", Justification = "the parameter's name is part of the API")]
    public virtual string GetString(string path, string? @default = null) => Find(path) is { } value ? value.GetString() : @default!;

    public virtual int GetInt(string path, int @default = 0) => Find(path)?.GetInt() ?? @default;

    public virtual long GetLong(string path, long @default = 0) => Find(path)?.GetLong() ?? @default;

    public virtual float GetFloat(string path, float @default = 0) => Find(path)?.GetFloat() ?? @default;

    public virtual double GetDouble(string path, double @default = 0) => Find(path)?.GetDouble() ?? @default;

    public virtual decimal GetDecimal(string path, decimal @default = 0) => Find(path)?.GetDecimal() ?? @default;

    public virtual bool GetBoolean(string path, bool @default = false) => Find(path)?.GetBoolean() ?? @default;

    /// <summary>A duration: a number with a unit, a bare number of milliseconds, or <c>infinite</c> where that is allowed.</summary>
    public virtual TimeSpan GetTimeSpan(string path, TimeSpan? @default = null, bool allowInfinite = true) =>
        Find(path)?.GetTimeSpan(allowInfinite) ?? @default.GetValueOrDefault();

    public virtual long? GetByteSize(string path) => GetByteSize(path, null);

    public virtual long? GetByteSize(string path, long? def = null) => Find(path) is { } value ? value.GetByteSize() : def;

    public virtual IList<string> GetStringList(string path) => Find(path)?.GetStringList() ?? [];

    public virtual IList<string> GetStringList(string path, string[] defaultPaths) => Find(path)?.GetStringList() ?? defaultPaths;

    public virtual IList<int> GetIntList(string path) => Find(path)?.GetIntList() ?? [];

    public virtual IList<long> GetLongList(string path) => Find(path)?.GetLongList() ?? [];

    public virtual IList<bool> GetBooleanList(string path) => Find(path)?.GetBooleanList() ?? [];

    public virtual IList<double> GetDoubleList(string path) => Find(path)?.GetDoubleList() ?? [];

    /// <summary>The entries of the root object, fallbacks included.</summary>
    public virtual IEnumerable<KeyValuePair<string, HoconValue>> AsEnumerable() =>
        _merged.GetObject() is { } root ? root.Items : [];

    /// <summary>This configuration as HOCON text, without its fallbacks.</summary>
    public override string ToString() => ToString(includeFallback: false);

    public string ToString(bool includeFallback)
    {
        var value = includeFallback ? _merged : _own;
        return value.GetObject() is { } root ? root.ToString() : value.ToString();
    }

    private HoconValue? Find(string path)
    {
        ArgumentNullException.ThrowIfNull(path);
        var value = _merged;
        foreach (var segment in HoconPath.Split(path))
        {
            if (value.Object is null || !value.Object.Items.TryGetValue(segment, out value))
            {
                return null;
            }
        }

        return value.IsNull ? null : value;
    }
}
