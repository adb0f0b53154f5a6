"""Line icons on a 20 by 20 grid, drawn for this house."""

PATHS: dict[str, str] = {
    "mark": '<path d="M3 12c2.5-4 4.5-4 7 0s4.5 4 7 0M3 7c2.5-4 4.5-4 7 0s4.5 4 7 0"/>',
    "home": '<path d="M3 9.5 10 4l7 5.5V16H3zM8 16v-4h4v4"/>',
    "person": '<circle cx="10" cy="7" r="3"/><path d="M4 17c.6-3.4 2.8-5 6-5s5.4 1.6 6 5"/>',
    "people": (
        '<circle cx="7.5" cy="7" r="2.6"/>'
        '<path d="M2.5 16c.5-3 2.3-4.5 5-4.5s4.5 1.5 5 4.5M13 4.8a2.5 2.5 0 0 1 0 4.6M14.5 '
        '11.8c1.7.5 2.7 1.9 3 4.2"/>'
    ),
    "leave": '<path d="M8 4H4v12h4M12 6.5 15.5 10 12 13.5M15.5 10H8"/>',
    "menu": '<path d="M3 6h14M3 10h14M3 14h14"/>',
    "close": '<path d="m5 5 10 10M15 5 5 15"/>',
    "theme": '<circle cx="10" cy="10" r="6.5"/><path d="M10 3.5a6.5 6.5 0 0 1 0 13z" fill="currentColor"/>',
    "keys": (
        '<rect x="2.5" y="5" width="15" height="10" rx="1.5"/>'
        '<path d="M5.5 8h.01M8.5 8h.01M11.5 8h.01M14.5 8h.01M6 12h8"/>'
    ),
    "search": '<circle cx="9" cy="9" r="5"/><path d="m13 13 4 4"/>',
    "check": '<circle cx="10" cy="10" r="7"/><path d="m6.8 10.2 2.3 2.3 4.2-4.7"/>',
    "bad": '<path d="M7 3h6l4 4v6l-4 4H7l-4-4V7zM7.5 7.5l5 5M12.5 7.5l-5 5"/>',
    "warn": '<path d="M10 3 18 16.5H2zM10 8v4M10 14.3v.01"/>',
    "info": '<circle cx="10" cy="10" r="7"/><path d="M10 9.3V14M10 6.3v.01"/>',
    "clock": '<circle cx="10" cy="10" r="7"/><path d="M10 6v4.2l2.8 1.8"/>',
    "moving": '<path d="M3 10h12M11 5.5 15.5 10 11 14.5"/>',
    "off": '<circle cx="10" cy="10" r="7"/><path d="M6.5 10h7"/>',
    "copy": (
        '<rect x="7" y="7" width="9" height="9.5" rx="1.5"/><path d="M4 12.5V5a1.5 1.5 0 0 1 1.5-1.5H12"/>'
    ),
    "empty": '<path d="M3 11.5 5.5 4h9l2.5 7.5V16H3zM3 11.5h4l1 2h4l1-2h4"/>',
    "dot": '<circle cx="10" cy="10" r="2.5"/>',
    "key": '<circle cx="7" cy="13" r="3.5"/><path d="m9.5 10.5 6-6M13 7l2.5 2.5"/>',
    "shield": '<path d="M10 2.8 16.5 5v5c0 3.6-2.6 6-6.5 7.3C6.1 16 3.5 13.6 3.5 10V5z"/>',
    "case": '<path d="M3 6.5h14V16H3zM7.5 6.5V4h5v2.5M3 11h14"/>',
    "document": '<path d="M5 2.8h7l3.5 3.5v11H5zM12 2.8v3.5h3.5M7.5 10h5M7.5 13h5"/>',
    "payment": '<rect x="2.5" y="5" width="15" height="10" rx="1.5"/><circle cx="10" cy="10" r="2.3"/>',
    "bank": '<path d="M3 8 10 3.5 17 8zM4.5 8v6.5M8.2 8v6.5M11.8 8v6.5M15.5 8v6.5M3 16.5h14"/>',
    "out": '<path d="M4 16h12M10 13V4M6.5 7.5 10 4l3.5 3.5"/>',
    "in": '<path d="M4 16h12M10 4v9M6.5 9.5 10 13l3.5-3.5"/>',
    "switch": '<rect x="2.5" y="6" width="15" height="8" rx="4"/><circle cx="13.5" cy="10" r="2.2"/>',
    "list": '<path d="M7 5.5h10M7 10h10M7 14.5h10M3.5 5.5h.01M3.5 10h.01M3.5 14.5h.01"/>',
    "chart": '<path d="M3 17h14M5.5 14V9M10 14V4M14.5 14v-3"/>',
    "next": '<path d="m8 5 5 5-5 5"/>',
}
