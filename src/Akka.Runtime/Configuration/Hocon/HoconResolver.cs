using System.Text;

namespace Akka.Configuration.Hocon;

/// <summary>
/// Turns definitions into values. A field is evaluated from its newest definition down, until one is not an object. A substitution
/// that meets a field which is just being evaluated sees only the definitions below the one at work; so <c>a = ${a} [1]</c> extends
/// what stands above it, and a circle ends as "has no value" instead of running on.
/// </summary>
internal sealed class HoconResolver(RawObject root)
{
    private readonly List<(RawField Field, int Index)> _active = [];
    private readonly Dictionary<RawField, HoconValue?> _done = [];

    public HoconValue Resolve() => Evaluate(root, root.Path, null)!;

    private HoconValue? EvaluateField(RawField field)
    {
        var limit = ActiveIndex(field);
        if (limit < 0 && _done.TryGetValue(field, out var known))
        {
            return known;
        }

        var value = EvaluateBelow(field, limit < 0 ? field.Definitions.Count : limit);
        if (limit < 0 && _active.Count == 0)
        {
            _done[field] = value;
        }

        return value;
    }

    private HoconValue? EvaluateBelow(RawField field, int limit)
    {
        HoconValue? value = null;
        for (var i = limit - 1; i >= 0; i--)
        {
            var (raw, file) = field.Definitions[i];
            _active.Add((field, i));
            var definition = Evaluate(raw, field.Path, file);
            _active.RemoveAt(_active.Count - 1);
            if (definition is null)
            {
                continue;
            }

            value = value is null ? definition : HoconMerge.Over(value, definition);
            if (definition.Object is null)
            {
                break;
            }
        }

        return value;
    }

    private HoconValue? Evaluate(RawValue raw, string path, string? file)
    {
        var origin = new HoconOrigin(path, raw.Line, file);
        switch (raw)
        {
            case RawText { Quoted: false, Text: "null" }:
                return HoconValue.OfNull(origin);
            case RawText text:
                return HoconValue.OfText(text.Text, origin);
            case RawResolved resolved:
                return resolved.Value;
            case RawSubstitution substitution:
                return Substitute(substitution, origin);
            case RawConcat concat:
                return Concatenate(concat, path, file);
            case RawAppend append:
                return Append(append, path, file);
            case RawArray array:
                var items = new List<HoconValue>(array.Items.Count);
                foreach (var item in array.Items)
                {
                    if (Evaluate(item, $"{path}[{items.Count}]", file) is { } value)
                    {
                        items.Add(value);
                    }
                }

                return HoconValue.OfArray(items, origin);
            case RawObject inner:
                var result = new HoconObject();
                foreach (var (key, field) in inner.Fields)
                {
                    if (EvaluateField(field) is { } value)
                    {
                        result.Items[key] = value;
                    }
                }

                return HoconValue.OfObject(result, origin);
            default:
                throw new InvalidOperationException($"no rule for {raw.GetType().Name}");
        }
    }

    private HoconValue? Substitute(RawSubstitution substitution, HoconOrigin origin)
    {
        var value = substitution.Prefix.Length > 0 ? Lookup(root, [.. substitution.Prefix, .. substitution.Path], 0) : null;
        value ??= Lookup(root, substitution.Path, 0);
        if (value is not null)
        {
            return value;
        }

        if (Environment.GetEnvironmentVariable(string.Join('.', substitution.Path)) is { } variable)
        {
            return HoconValue.OfText(variable, origin);
        }

        return substitution.Optional
            ? null
            : throw new ConfigurationException($"{origin} refers to {substitution}, which has no value");
    }

    private HoconValue? Lookup(RawObject scope, string[] path, int at)
    {
        if (!scope.Fields.TryGetValue(path[at], out var field))
        {
            return null;
        }

        if (at == path.Length - 1)
        {
            return EvaluateField(field);
        }

        var limit = ActiveIndex(field);
        for (var i = field.Definitions.Count - 1; i >= 0; i--)
        {
            var (raw, file) = field.Definitions[i];
            if (raw is RawObject inner)
            {
                if (Lookup(inner, path, at + 1) is { } found)
                {
                    return found;
                }

                continue;
            }

            if (limit >= 0 && i >= limit)
            {
                continue;
            }

            _active.Add((field, i));
            var value = Evaluate(raw, field.Path, file);
            _active.RemoveAt(_active.Count - 1);
            if (value is null)
            {
                continue;
            }

            var below = value;
            for (var j = at + 1; j < path.Length && below is not null; j++)
            {
                below = below.Object?.GetKey(path[j]);
            }

            if (below is not null || value.Object is null)
            {
                return below;
            }
        }

        return null;
    }

    private HoconValue? Append(RawAppend append, string path, string? file)
    {
        var (field, index) = _active[^1];
        var origin = new HoconOrigin(path, append.Line, file);
        var before = EvaluateBelow(field, index);
        if (before is not null && !before.IsArray())
        {
            throw new ConfigurationException($"{origin} appends with += to what is not a list");
        }

        var items = before is null ? [] : new List<HoconValue>(before.GetArray());
        if (Evaluate(append.Item, $"{path}[{items.Count}]", file) is { } item)
        {
            items.Add(item);
        }

        return HoconValue.OfArray(items, origin);
    }

    private HoconValue? Concatenate(RawConcat concat, string path, string? file)
    {
        var origin = new HoconOrigin(path, concat.Line, file);
        var values = new List<(HoconValue Value, bool Blank)>(concat.Parts.Count);
        int texts = 0, arrays = 0, objects = 0;
        foreach (var part in concat.Parts)
        {
            if (Evaluate(part, path, file) is not { } value)
            {
                continue;
            }

            var blank = part is RawText { IsBlank: true };
            values.Add((value, blank));
            texts += value.Array is null && value.Object is null && !blank ? 1 : 0;
            arrays += value.Array is null ? 0 : 1;
            objects += value.Object is null ? 0 : 1;
        }

        if ((texts > 0 ? 1 : 0) + (arrays > 0 ? 1 : 0) + (objects > 0 ? 1 : 0) > 1)
        {
            throw new ConfigurationException($"{origin} joins values of different kinds (text, list, object)");
        }

        if (texts > 0)
        {
            var text = new StringBuilder();
            foreach (var (value, _) in values)
            {
                text.Append(value.Text ?? "null");
            }

            return HoconValue.OfText(text.ToString(), origin);
        }

        if (arrays > 0)
        {
            return HoconValue.OfArray([.. values.SelectMany(item => item.Value.Array ?? [])], origin);
        }

        HoconValue? merged = null;
        foreach (var (value, blank) in values)
        {
            merged = blank ? merged : merged is null ? value : HoconMerge.Over(value, merged);
        }

        return merged;
    }

    private int ActiveIndex(RawField field)
    {
        for (var i = _active.Count - 1; i >= 0; i--)
        {
            if (ReferenceEquals(_active[i].Field, field))
            {
                return _active[i].Index;
            }
        }

        return -1;
    }
}
