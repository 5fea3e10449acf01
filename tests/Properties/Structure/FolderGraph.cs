using Mono.Cecil;
using Mono.Cecil.Cil;

namespace Optim.Properties.Structure;

/// <summary>
/// Which folder of a project names types of which other one, read from the compiled library: signatures, bodies and attributes, with the
/// sources' paths from its debug information. A type is at home where most of its code is; what a compiler writes beside it goes with it.
/// </summary>
internal sealed class FolderGraph
{
    private readonly Dictionary<(string From, string To), SortedSet<string>> edges = [];

    private FolderGraph()
    {
    }

    /// <summary>The folders that some type's code is in.</summary>
    public IReadOnlySet<string> Folders { get; private init; } = new HashSet<string>();

    /// <summary>From a folder to another whose types it names; with each, some of the types as <c>From -> To</c>.</summary>
    public IReadOnlyDictionary<(string From, string To), SortedSet<string>> Edges => edges;

    /// <summary>Reads a library.</summary>
    /// <param name="library">The library, with debug information beside or in it.</param>
    /// <param name="project">The folder of its project below the repository's; a build may have named its sources by paths of its own up to there.</param>
    public static FolderGraph Of(string library, string project)
    {
        using var assembly = AssemblyDefinition.ReadAssembly(library, new() { ReadSymbols = true });
        var types = assembly.MainModule.Types.Where(type => type.Name != "<Module>").ToList();
        var homes = types.Select(type => (type, Folder: Home(type, project))).Where(x => x.Folder is not null).ToDictionary(x => x.type, x => x.Folder!);
        var graph = new FolderGraph { Folders = homes.Values.ToHashSet() };
        foreach (var (type, folder) in homes)
        {
            foreach (var named in WithNested(type).SelectMany(Named).Select(Outermost).OfType<TypeDefinition>())
            {
                if (homes.TryGetValue(named, out string? other) && other != folder)
                {
                    graph.Add(folder, other, $"{type.Name} -> {named.Name}");
                }
            }
        }

        return graph;
    }

    /// <summary>Folders of which each leads to the next and the last to the first, one circle for each edge that lies on any; empty where there is none.</summary>
    public IReadOnlyList<IReadOnlyList<string>> Circles()
    {
        var circles = new List<IReadOnlyList<string>>();
        foreach (var (from, to) in edges.Keys)
        {
            if (Path(to, from) is { } back)
            {
                circles.Add([from, .. back]);
            }
        }

        return circles;
    }

    private List<string>? Path(string from, string to)
    {
        var cameFrom = new Dictionary<string, string?> { [from] = null };
        var open = new Queue<string>([from]);
        while (open.TryDequeue(out string? at))
        {
            if (at == to)
            {
                var path = new List<string>();
                for (string? step = at; step is not null; step = cameFrom[step])
                {
                    path.Insert(0, step);
                }

                return path;
            }

            foreach (string next in edges.Keys.Where(edge => edge.From == at).Select(edge => edge.To).Where(next => cameFrom.TryAdd(next, at)))
            {
                open.Enqueue(next);
            }
        }

        return null;
    }

    private void Add(string from, string to, string types)
    {
        if (!edges.TryGetValue((from, to), out var named))
        {
            edges.Add((from, to), named = new(StringComparer.Ordinal));
        }

        named.Add(types);
    }

    /// <summary>The folder below the project's that holds most of a type's code; null for what a compiler wrote.</summary>
    private static string? Home(TypeDefinition type, string project) => WithNested(type)
        .SelectMany(part => part.Methods.SelectMany(method => method.DebugInformation.SequencePoints).Where(point => !point.IsHidden).Select(point => point.Document.Url)
            .Concat(Documents(part)))
        .Select(path => path.Replace('\\', '/'))
        .Where(path => path.Contains(project, StringComparison.Ordinal) && !path.Contains("/obj/", StringComparison.Ordinal))
        .Select(path => path[(path.IndexOf(project, StringComparison.Ordinal) + project.Length)..])
        .Select(path => path.Contains('/', StringComparison.Ordinal) ? path[..path.IndexOf('/', StringComparison.Ordinal)] : "(root)")
        .GroupBy(folder => folder).OrderByDescending(group => group.Count()).FirstOrDefault()?.Key;

    /// <summary>Where a type without bodies stands, such as an interface.</summary>
    private static IEnumerable<string> Documents(TypeDefinition type)
    {
        var kind = new Guid("932E74BC-DBA9-4478-8D46-0F32A7BAB3D3");
        foreach (var info in type.HasCustomDebugInformations ? type.CustomDebugInformations.OfType<BinaryCustomDebugInformation>() : [])
        {
            if (info.Identifier == kind)
            {
                // A list of compressed row numbers in the table of documents.
                int at = 0;
                while (at < info.Data.Length)
                {
                    int row = (info.Data[at] & 0x80) == 0 ? info.Data[at++] : ((info.Data[at++] & 0x3F) << 8) | info.Data[at++];
                    if (DocumentOf(type.Module, row) is { } path)
                    {
                        yield return path;
                    }
                }
            }
        }
    }

    private static readonly System.Runtime.CompilerServices.ConditionalWeakTable<ModuleDefinition, Dictionary<int, string>> DocumentRows = [];

    private static string? DocumentOf(ModuleDefinition module, int row) => DocumentRows.GetValue(module, ReadDocuments).GetValueOrDefault(row);

    private static Dictionary<int, string> ReadDocuments(ModuleDefinition module)
    {
        using var file = File.OpenRead(module.FileName);
        using var image = new System.Reflection.PortableExecutable.PEReader(file);
        var entry = image.ReadDebugDirectory().First(x => x.Type == System.Reflection.PortableExecutable.DebugDirectoryEntryType.EmbeddedPortablePdb);
        using var provider = image.ReadEmbeddedPortablePdbDebugDirectoryData(entry);
        var reader = provider.GetMetadataReader();
        return reader.Documents.ToDictionary(
            handle => System.Reflection.Metadata.Ecma335.MetadataTokens.GetRowNumber(handle), handle => reader.GetString(reader.GetDocument(handle).Name));
    }

    private static IEnumerable<TypeDefinition> WithNested(TypeDefinition type) => type.NestedTypes.SelectMany(WithNested).Prepend(type);

    private static TypeDefinition? Outermost(TypeReference reference)
    {
        var type = reference.GetElementType();
        while (type.DeclaringType is { } outer)
        {
            type = outer;
        }

        return type as TypeDefinition;
    }

    /// <summary>Every type that a type's own metadata and code name.</summary>
    private static IEnumerable<TypeReference> Named(TypeDefinition type)
    {
        IEnumerable<TypeReference?> direct =
        [
            type.BaseType, .. type.Interfaces.Select(i => i.InterfaceType), .. type.Fields.Select(field => field.FieldType),
            .. type.GenericParameters.SelectMany(Constraints), .. type.Methods.SelectMany(Signature), .. type.Methods.SelectMany(Body),
        ];
        return direct.OfType<TypeReference>().SelectMany(Parts);
    }

    private static IEnumerable<TypeReference> Constraints(GenericParameter parameter) => parameter.Constraints.Select(constraint => constraint.ConstraintType);

    private static IEnumerable<TypeReference> Signature(MethodDefinition method) =>
        [method.ReturnType, .. method.Parameters.Select(parameter => parameter.ParameterType), .. method.GenericParameters.SelectMany(Constraints)];

    private static IEnumerable<TypeReference> Body(MethodDefinition method) => !method.HasBody
        ? []
        : method.Body.Variables.Select(variable => variable.VariableType).Concat(method.Body.Instructions.SelectMany(instruction => instruction.Operand switch
        {
            TypeReference type => [type],
            GenericInstanceMethod call => [call.DeclaringType, call.ReturnType, .. call.GenericArguments, .. call.Parameters.Select(p => p.ParameterType)],
            MethodReference call => [call.DeclaringType, call.ReturnType, .. call.Parameters.Select(p => p.ParameterType)],
            FieldReference field => [field.DeclaringType, field.FieldType],
            _ => Enumerable.Empty<TypeReference>(),
        }));

    /// <summary>A type and what it is made of: arguments, elements.</summary>
    private static IEnumerable<TypeReference> Parts(TypeReference type) => type switch
    {
        GenericInstanceType generic => generic.GenericArguments.SelectMany(Parts).Prepend(generic.ElementType),
        FunctionPointerType function => function.Parameters.Select(parameter => parameter.ParameterType).Append(function.ReturnType).SelectMany(Parts),
        TypeSpecification specification => Parts(specification.ElementType),
        GenericParameter => [],
        _ => [type],
    };
}
